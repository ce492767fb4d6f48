// `node charge.mts URL API_KEY IDEMPOTENCY_KEY`: charges with README's body; prints the payment.
// Its types come from the OpenAPI document: openapi-typescript writes api.d.mts, body.mts is README's.
import type { paths } from "./api.d.mts";
import { body } from "./body.mts";

type Create = paths["/v1/payments"]["post"];
type Asked = Create["requestBody"]["content"]["application/json"];
type Charged = Create["responses"][201]["content"]["application/json"];

const [url, apiKey, idempotencyKey] = process.argv.slice(2) as [string, string, string];
const headers: Create["parameters"]["header"] & Record<string, string> = {
  "Idempotency-Key": idempotencyKey,
  "Content-Type": "application/json",
  Authorization: `Bearer ${apiKey}`,
};
const asked: Asked = body;
const answer = await fetch(`${url}/v1/payments`, { method: "POST", headers, body: JSON.stringify(asked) });
const payment = (await answer.json()) as Charged;
console.log(JSON.stringify({ id: payment.id, status: payment.status, amount: payment.amount }));
