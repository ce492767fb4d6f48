// What a merchant may get wrong: tsc fails where one of these is not an error.
import type { paths } from "./api.d.mts";
import { body } from "./body.mts";

type Asked = paths["/v1/payments"]["post"]["requestBody"]["content"]["application/json"];

// @ts-expect-error: an amount is a number of minor units
export const words: Asked = { ...body, amount: "42.00" };
// @ts-expect-error: a currency has three letters
export const digits: Asked = { ...body, currency: 978 };
// @ts-expect-error: a method without a token is none
export const untold: Asked = { ...body, payment_method: { type: "card" } };
// @ts-expect-error: nothing else is known
export const more: Asked = { amount: 1, currency: "EUR", payment_method: body.payment_method, cash: true };
