"""Look-ups by key, which ask nothing of money, and cancellation by key, which ends a key."""

from collections.abc import Callable

import msgspec

from adapters.simulator.books import BooksFull
from adapters.simulator.desk import Desk, parsed
from adapters.simulator.journal import BooksUnwritable
from adapters.simulator.plans import PLAIN, Fate
from adapters.simulator.records import PENDING, Charge, Operation
from adapters.simulator.wire import (
    ENCODER,
    CancelRequest,
    Charged,
    Reply,
    charge_answer,
    error,
    told,
)

CANCELED = "canceled"


async def find_charge(desk: Desk, key: str) -> Reply | None:
    """The newest charge under the key, 404 when none was booked, 501 when not offered."""
    return await _find(desk, key, desk.books.newest_charge)


async def find_operation(desk: Desk, key: str) -> Reply | None:
    """The newest capture, void or refund under the key; else as ``find_charge``."""
    return await _find(desk, key, desk.books.newest_operation)


async def _find(
    desk: Desk, key: str, look: Callable[[str], Charge | Operation | None]
) -> Reply | None:
    if not key:
        return error(400, "malformed", "The query names no key.", charged="unknown")
    outage = desk.weather_plan(key)
    if outage is not None and outage.fate is Fate.NOT_PROCESSED:
        return await desk.refuse(outage, look_up=True)
    via = PLAIN.delivery if outage is None else outage.delivery
    if not desk.controls.switches.look_up:
        words = f"{desk.name} offers no look-up."
        return await desk.deliver(via, error(501, "not_offered", words, charged="unknown"))
    await desk.take_time(desk.draws(key))
    record = look(key)
    if record is None:
        words = "Nothing is booked under this key; something may still be in flight."
        return await desk.deliver(via, error(404, "not_found", words, charged="unknown"))
    return await desk.deliver(via, told(record))


async def cancel(desk: Desk, raw: bytes) -> Reply | None:
    """Ends a key for good and answers what is true now: the charge, or that there is none."""
    asked = parsed(raw, CancelRequest, None)
    if isinstance(asked, Reply):
        return asked
    outage = desk.weather_plan(asked.key)
    if outage is not None and outage.fate is Fate.NOT_PROCESSED:
        return await desk.refuse(outage, look_up=True)
    via = PLAIN.delivery if outage is None else outage.delivery
    if not desk.controls.switches.cancel:
        words = f"{desk.name} offers no cancellation by key."
        return await desk.deliver(via, error(501, "not_offered", words, charged="unknown"))
    await desk.take_time(desk.draws(asked.key))
    try:
        desk.books.cancel_key(asked.key)
        charge = desk.books.newest_charge(asked.key)
        if charge is not None and charge.status == PENDING:
            desk.settler.settle(charge, code=CANCELED)
    except (BooksUnwritable, BooksFull) as failure:
        words = f"The cancellation was not booked: {failure}."
        return error(503, "books_unwritable", words, charged="unknown")
    return await desk.deliver(via, _now_true(asked.key, charge))


def _now_true(key: str, charge: Charge | None) -> Reply:
    if charge is None:
        truth = {"key": key, "status": CANCELED, "charged": False}
        return Reply(200, ENCODER.encode(truth))
    charged: Charged = charge.approved and charge.voided < charge.entry.amount
    answer = msgspec.structs.asdict(charge_answer(charge))
    return Reply(200, ENCODER.encode({**answer, "charged": charged}))
