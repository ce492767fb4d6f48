"""`interlock payments`: the newest payments of a merchant, from the read model."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from api.cli.support import DataOption, Refused, console, reachable, run
from api.composition.stores import open_read_models
from api.settings import read_settings
from domain.money import Money
from domain.payment.view import payment_id
from projections.queries import PAGE_ROWS_MAX, PaymentList, PaymentRow


def payments(
    merchant: Annotated[str, typer.Argument(help="The merchant's id.")],
    status: Annotated[str | None, typer.Option(help="Only those in this status.")] = None,
    limit: Annotated[int, typer.Option(help=f"1 to {PAGE_ROWS_MAX}.")] = 20,
    data: DataOption = None,
) -> None:
    """Lists payments, newest first."""
    if not 1 <= limit <= PAGE_ROWS_MAX:
        raise Refused(f"--limit must be from 1 to {PAGE_ROWS_MAX}")
    asked = PaymentList(merchant=merchant, status=status, limit=limit)
    with reachable(read_settings(data=data)) as settings:
        rows = run(_read(settings.postgres_dsn, asked))
    table = Table(box=None, pad_edge=False)
    for name in ("payment", "status", "amount", "gateway", "created (UTC)"):
        table.add_column(name, no_wrap=True, justify="right" if name == "amount" else "left")
    for row in rows:
        amount = str(Money(row.amount, row.currency))
        created = f"{row.created_at:%Y-%m-%d %H:%M:%S}"
        table.add_row(payment_id(row.id), row.status, amount, row.gateway or "-", created)
    console.print(table if rows else "no payments")


async def _read(dsn: str, asked: PaymentList) -> tuple[PaymentRow, ...]:
    async with open_read_models(dsn) as read_models:
        return (await read_models.queries.payments(asked)).rows
