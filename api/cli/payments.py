"""`interlock payments`: the newest payments of a merchant, from the read model."""

from __future__ import annotations

from typing import Annotated, Final, get_args

import typer

from api.cli.output import records, say, say_json
from api.cli.support import DataOption, JsonOption, Refused, event_log, reachable, run
from api.composition.merchants import merchants_over
from api.composition.stores import open_read_models
from api.http.schemas import PaymentStatus
from api.settings import Settings, read_settings
from application.installation.in_force import FormatInForce
from domain.merchant.merchant import is_merchant_id
from domain.money import Money
from domain.payment.view import payment_id
from projections.queries import PAGE_ROWS_MAX, PaymentList, PaymentRow

STATUSES: Final[tuple[str, ...]] = get_args(PaymentStatus)


def payments(
    merchant: Annotated[str, typer.Argument(help="The merchant's id.")],
    status: Annotated[str | None, typer.Option(help="Only those in this status.")] = None,
    limit: Annotated[int, typer.Option(help=f"1 to {PAGE_ROWS_MAX}.")] = 20,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lists payments, newest first."""
    if not 1 <= limit <= PAGE_ROWS_MAX:
        raise Refused(f"--limit must be from 1 to {PAGE_ROWS_MAX}")
    if status is not None and status not in STATUSES:
        raise Refused(f"no status {status!r}; there are {', '.join(STATUSES)}")
    asked = PaymentList(merchant=merchant, status=status, limit=limit)
    with reachable(read_settings(data=data)) as settings:
        rows = run(_read(settings, asked))
    if as_json:
        for row in rows:
            say_json(row.view)
        return
    records([_shown(row) for row in rows], right=("amount",))
    if not rows:
        say("no payments")


def _shown(row: PaymentRow) -> dict[str, str]:
    return {
        "payment": payment_id(row.id),
        "status": row.status,
        "amount": str(Money(row.amount, row.currency)),
        "gateway": row.gateway or "-",
        "created (UTC)": f"{row.created_at:%Y-%m-%d %H:%M:%S}",
    }


async def _read(settings: Settings, asked: PaymentList) -> tuple[PaymentRow, ...]:
    async with open_read_models(settings.postgres_dsn) as read_models:
        rows = (await read_models.queries.payments(asked)).rows
    if not rows and asked.merchant is not None:
        await _must_exist(settings, asked.merchant)
    return rows


async def _must_exist(settings: Settings, merchant: str) -> None:
    """Raises Refused: who has no payments yet is told apart from who is misspelt."""
    known = None
    if is_merchant_id(merchant):
        async with event_log(settings) as store:
            known = await merchants_over(store, FormatInForce()).find(merchant)
    if known is None:
        raise Refused(f"no merchant {merchant!r}")
