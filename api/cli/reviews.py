"""`interlock review`: what waits for a person, and ending it, over the API with an operator's key.

Speaks to the API like any client: who the operator is, is proven there, and every rule holds there.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final

import httpx
import typer

from api.cli.output import records, say, say_json
from api.cli.support import JsonOption, Refused, run
from api.environment import OPERATOR_KEY
from api.settings import PREFIX, read_settings
from domain.api_versions import NEWEST
from domain.money import Money

KEY_VARIABLE: Final = f"{PREFIX}{OPERATOR_KEY}"
TIMEOUT_S: Final = 30.0  # a resolve asks the gateway and takes a request's budget
LIMIT_MAX: Final = 100

app = typer.Typer(
    help="Shows what waits for a person, and ends it (docs/reviews.md).", no_args_is_help=True
)

UrlOption = Annotated[
    str | None, typer.Option("--url", help="Of the API; this machine's if not given.")
]
PaymentArgument = Annotated[str, typer.Argument(help="pay_... as the API gave it")]
Work = Callable[[httpx.AsyncClient], Awaitable[Any]]


@app.command("list")
def show_all(
    limit: Annotated[int, typer.Option(min=1, max=LIMIT_MAX, help="1 to 100.")] = 20,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lists the payments of which something waits for a person, newest first."""
    found = _asked(url, lambda client: waiting(client, limit))
    if as_json:
        for one in found["data"]:
            say_json(one)
        return
    records([_row(one) for one in found["data"]], right=("amount",))
    if not found["data"]:
        say("nothing waits for a person")
    if found["has_more"]:
        say("there are more: --limit")


@app.command("show")
def show_one(payment: PaymentArgument, url: UrlOption = None, as_json: JsonOption = False) -> None:
    """Shows the tries of a payment that wait for a person, and why."""
    found = _asked(url, lambda client: tries(client, payment))
    waits = [one for one in found if one["needs_review"]]
    if as_json:
        for one in waits:
            say_json(one)
        return
    names = ("id", "kind", "gateway", "status", "reference", "needs_review", "started_at")
    rows = [{name: str(one[name] or "-") for name in names} for one in waits]
    amounts = [str(Money(one["amount"], one["currency"])) for one in waits]
    records([row | {"amount": amount} for row, amount in zip(rows, amounts, strict=True)])
    if not waits:
        say("no try of this payment waits for a person")


@app.command()
def resolve(
    payment: PaymentArgument,
    outcome: Annotated[
        str,
        typer.Argument(help="charged, not_charged, done, not_done, given_back or acknowledged"),
    ],
    reason: Annotated[str, typer.Option(help="Why you say so.")],
    evidence: Annotated[str, typer.Option(help="Where it can be seen.")],
    attempt: Annotated[str | None, typer.Option(help="att_..., where several tries wait.")] = None,
    reference: Annotated[str | None, typer.Option(help="The gateway's.")] = None,
    amount: Annotated[int | None, typer.Option(help="In minor units.")] = None,
    held: Annotated[bool, typer.Option("--held", help="A charge that is only held.")] = False,
    idempotency_key: Annotated[
        str | None, typer.Option(help="To repeat a command whose answer was lost.")
    ] = None,
    url: UrlOption = None,
    as_json: JsonOption = False,
) -> None:
    """Says what became of a try, and ends its review where the gateway does not say otherwise."""
    said = {"attempt": attempt, "reference": reference, "amount": amount}
    body: dict[str, Any] = {"outcome": outcome, "reason": reason, "evidence": evidence}
    body |= {name: value for name, value in said.items() if value is not None}
    body |= {"captured": False} if held else {}
    key = idempotency_key or f"review-{secrets.token_hex(8)}"
    status, found = _asked(url, lambda client: resolved(client, payment, body, key=key))
    if as_json:
        say_json(found)
        return
    if status == httpx.codes.ACCEPTED:
        say("so much money needs a second operator, who must say the same")
    else:
        say(f"the review is over: {found['id']} is {found['status']}")


async def waiting(client: httpx.AsyncClient, limit: int) -> Any:
    """A page of payments. Raises Refused."""
    query: dict[str, str | int] = {"needs_review": "true", "limit": limit}
    return _told(await client.get("/v1/payments", params=query))


async def tries(client: httpx.AsyncClient, payment: str) -> Any:
    """All tries of the payment. Raises Refused."""
    return _told(await client.get(f"/v1/payments/{payment}/attempts"))["data"]


async def resolved(
    client: httpx.AsyncClient, payment: str, body: dict[str, Any], *, key: str
) -> tuple[int, Any]:
    """Status and payment. Raises Refused."""
    headers = {"Idempotency-Key": key}
    answer = await client.post(f"/v1/payments/{payment}/resolve", json=body, headers=headers)
    return answer.status_code, _told(answer)


def _asked(url: str | None, work: Work) -> Any:
    """Raises Refused."""
    key = os.environ.get(KEY_VARIABLE, "")
    if not key.startswith("io_"):
        raise Refused(f"{KEY_VARIABLE} must hold an operator's key (interlock operators add)")
    settings = read_settings()
    base = url or f"http://{settings.host}:{settings.port}"
    headers = {"Authorization": f"Bearer {key}", "Interlock-Version": NEWEST}

    async def asking() -> Any:
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=TIMEOUT_S) as client:
            return await work(client)

    try:
        return run(asking())
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeEncodeError) as failure:
        raise Refused(f"the API at {base} does not answer: {failure}") from failure


def _told(answer: httpx.Response) -> Any:
    """Raises Refused."""
    try:
        body = answer.json()
    except ValueError:
        raise Refused(f"this is no Interlock API (status {answer.status_code})") from None
    if answer.is_success:
        return body
    errors = [f"{one['pointer']} {one['detail']}" for one in body.get("errors", ())]
    why = "; ".join(filter(None, (body.get("title"), body.get("detail"), *errors)))
    raise Refused(f"{body.get('code')}: {why}")


def _row(payment: dict[str, Any]) -> dict[str, str]:
    return {
        "payment": payment["id"],
        "status": payment["status"],
        "amount": str(Money(payment["amount"], payment["currency"])),
        "gateway": payment["gateway"] or "-",
        "created (UTC)": payment["created_at"][:19].replace("T", " "),
    }
