"""Captures, voids and refunds by hand, as in a gateway's dashboard: under no merchant's key."""

from typing import Annotated, Literal

import msgspec

from adapters.simulator.books import OverBound
from adapters.simulator.desk import Desk
from adapters.simulator.entries import OperationBooked
from adapters.simulator.operations import ID_PREFIX
from adapters.simulator.records import SUCCEEDED
from adapters.simulator.wire import Reply, error, told

KEY_PREFIX = "by_hand_"


class ByHand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Body of ``POST /_control/{gateway}/by_hand``; without ``amount`` all that is left."""

    charge_id: str
    kind: Literal["capture", "void", "refund"]
    amount: Annotated[int, msgspec.Meta(gt=0)] | None = None


def move(desk: Desk, asked: ByHand) -> Reply:
    """Books it at once and tells by notice."""
    charge = desk.books.charge(asked.charge_id)
    if charge is None:
        return error(404, "no_such_charge", "No charge has this id.")
    amount = asked.amount or charge.room(asked.kind)
    if amount == 0:
        return error(422, f"nothing_to_{asked.kind}", f"Nothing is left to {asked.kind}.")
    id_here = desk.books.next_id(ID_PREFIX[asked.kind], desk.name)
    entry = OperationBooked(
        at_s=desk.books.now(),
        id=id_here,
        key=f"{KEY_PREFIX}{id_here}",
        kind=asked.kind,
        charge_id=charge.entry.id,
        status=SUCCEEDED,
        asked=asked.amount,
        amount=amount,
        currency=charge.entry.currency,
    )
    try:
        operation = desk.books.book_operation(entry)
    except OverBound as over:
        return error(422, "amount_too_large", f"{over}.")
    desk.tell(operation)
    return told(operation)
