"""`interlock timeline`: a payment's whole story, from the log itself."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from adapters.codec import MsgspecCodec
from api.cli.naming import must_name_something, named
from api.cli.output import complain, records, say, say_json
from api.cli.support import DataOption, JsonOption, Refused, event_log, reachable, run
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
    payment: Annotated[
        str, typer.Argument(help="pay_..., the re_... of a refund, or an id that a gateway gave")
    ],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Tells what happened to a payment, and whether its hash chain holds."""
    must_name_something(payment)
    with reachable(read_settings(data=data)) as settings:
        wanted = run(named(settings, payment))
        recorded, rows, view = run(_read(settings, stream_of(wanted)))
    if as_json:
        for row in rows:
            say_json(dict(row))
    else:
        _show(rows, view)
    try:
        head = verify(recorded)
    except BrokenChain as broken:
        complain(f"hash chain broken: {broken}")
        raise typer.Exit(1) from broken
    if not as_json:
        say(f"hash chain holds over {len(recorded)} events; head {head[:16]}...")


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
    say((view["id"], "bold"), f"  {view['status']}  {amount}")
    records([_shown(row) for row in rows], folds="what happened")


def _shown(row: Row) -> dict[str, str]:
    return {
        "#": str(row["revision"]),
        "at (UTC)": str(row["at"])[:23],
        "event": str(row["type"]),
        "what happened": str(row["summary"]),
    }
