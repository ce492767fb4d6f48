"""`interlock timeline`: a payment's whole story, from the log itself."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from adapters.codec import MsgspecCodec
from api.cli.support import DataOption, Refused, console, event_log, payment_of, reachable, run
from api.settings import Settings, read_settings
from application.payments.log import stream_of
from domain.chain import BrokenChain, decode_metadata, verify
from domain.log import RecordedEvent
from domain.money import Money
from domain.payment.evolve import fold
from domain.payment.state import New
from domain.payment.view import payment_view
from projections.payment_timeline.projector import PaymentTimeline
from projections.tables import Put, Row


def timeline(
    payment: Annotated[str, typer.Argument(help="pay_... as the API gave it")],
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Tells what happened to a payment, and whether its hash chain holds."""
    wanted = payment_of(payment)
    with reachable(read_settings(data=data)) as settings:
        recorded, rows, view = run(_read(settings, stream_of(wanted)))
    if as_json:
        for row in rows:
            typer.echo(json.dumps(dict(row), default=str))
    else:
        _show(rows, view)
    try:
        head = verify(recorded)
    except BrokenChain as broken:
        console.print(f"[bold red]hash chain broken:[/] {broken}")
        raise typer.Exit(1) from broken
    if not as_json:
        console.print(f"hash chain holds over {len(recorded)} events; head {head[:16]}...")


async def _read(
    settings: Settings, stream: str
) -> tuple[list[RecordedEvent], list[Row], dict[str, Any]]:
    async with event_log(settings) as store:
        recorded = await store.read_stream(stream)
        if not recorded:
            raise Refused(f"no payment {stream.removeprefix('payment-')}")
        codec = MsgspecCodec()
        telling = PaymentTimeline(log=store, codec=codec)
        changes = [change for event in recorded for change in await telling.project(event)]
    rows = [change.row for change in changes if isinstance(change, Put)]
    payment = fold(
        codec.decode(one.type, decode_metadata(one.metadata).version, one.data) for one in recorded
    )
    return recorded, rows, {} if isinstance(payment, New) else payment_view(payment)


def _show(rows: list[Row], view: dict[str, Any]) -> None:
    amount = Money(view["amount"], view["currency"])
    console.print(f"[bold]{view['id']}[/]  {view['status']}  {amount}")
    table = Table(box=None, pad_edge=False)
    for name in ("#", "at (UTC)", "event", "what happened"):
        table.add_column(name, no_wrap=name != "what happened")
    for row in rows:
        at = str(row["at"])[:23]
        table.add_row(str(row["revision"]), at, str(row["type"]), str(row["summary"]))
    console.print(table)
