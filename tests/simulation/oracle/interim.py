"""Which answers were only given on the way: the command was still being carried out.

The key's answer is a function of the stream up to the append that concluded the command: an
outcome, an unknown, a refusal. A 202 that was given before that may be followed by another.
"""

from __future__ import annotations

from collections.abc import Iterable

from tests.simulation.oracle.fold import DONE_LATE, ENDED, Payment
from tests.simulation.oracle.records import Call, Event, plain_id

OUTCOMES = frozenset(
    (
        "AttemptSucceeded",
        "OutcomeUnknown",
        "AttemptPending",
        "AttemptTakenOver",
        "LateSuccessObserved",
    )
)


def mark_interim(payments: dict[str, Payment], calls: Iterable[Call]) -> None:
    for call in calls:
        if call.status != 202:
            continue
        said = call.view.get("payment") or call.view.get("id")
        payment = payments.get(plain_id(str(said)))
        if payment is not None:
            call.interim = not _concluded(payment, call)


def _concluded(payment: Payment, call: Call) -> bool:
    if call.view.get("object") == "refund":
        if call.view.get("status") != "pending":
            return True
        known = [one for one in payment.events if _was_told(one, call)]
        return _any_outcome(payment, plain_id(str(call.view["id"])), known)
    if call.verb == "refund":
        return False  # of the payment, not yet of the refund
    known = payment.events[: int(call.view.get("revision", 0)) + 1]
    if call.verb == "create":
        return any(_is_outcome(one, payment, None) for one in known)
    if call.verb == "cancel" and call.view.get("status") in ("processing", "pending_verification"):
        return True  # it was written down, and takes effect when the charge settles
    kinds = ("void",) if call.verb == "cancel" else ("capture",)
    keys = {plain_id(str(one.data.get("key", ""))) for one in known}
    begun = [
        one
        for one in payment.operations.values()
        if one.kind in kinds and one.keys[0] in keys and not one.compensation
    ]
    return all(_any_outcome(payment, one.id, known) for one in begun)


def _was_told(event: Event, call: Call) -> bool:
    """Was the event part of what the answer was made of?"""
    if call.position is not None:
        return event.position <= call.position
    return event.at <= call.ended_at


def _any_outcome(payment: Payment, operation: str, events: list[Event]) -> bool:
    return any(_is_outcome(one, payment, operation) for one in events)


def _is_outcome(event: Event, payment: Payment, operation: str | None) -> bool:
    """Of the operation; of any charge, or of the payment itself, where it is None."""
    if operation is None and event.type in ENDED:
        return True
    if plain_id(str(event.data.get("operation", ""))) == operation:
        return event.type.endswith(("Succeeded", "Failed", "Deferred")) or event.type == DONE_LATE
    attempt = payment.attempts.get(plain_id(str(event.data.get("key", ""))))
    if attempt is None or event.type not in OUTCOMES:
        return False
    return attempt.kind == "charge" if operation is None else attempt.operation == operation
