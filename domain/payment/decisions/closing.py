"""What follows by itself: giving back what nobody wants, and ends that facts bring about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.canonical import derived_id
from domain.gateway.capabilities import Capabilities
from domain.payment.attempt import Hold, Operation
from domain.payment.bookkeeping.observed import MOVED_BY_OTHERS
from domain.payment.decisions.operations import begin
from domain.payment.decisions.sender import Sender, compensation_operation
from domain.payment.events import (
    CaptureFailed,
    CompensationStarted,
    PaymentCanceled,
    PaymentEvent,
    PaymentExpired,
    RefundFailed,
    ReviewRequested,
    VoidFailed,
    VoidStarted,
)
from domain.payment.holding import releasable
from domain.payment.kept import held, standing_charge, to_take_back
from domain.payment.state import Authorized, Captured, Conflicted, Facts, Known

EXPIRED: Final = "expired"  # the reason of a void that nobody asked for
NO_REFUNDS: Final = "refunds_not_offered"
NO_GATEWAY: Final = "gateway_not_configured"

COMPENSATIONS_PER_CHARGE_MAX: Final = 4  # others may take or release parts of it meanwhile
FAILURE: Final[dict[str, type[CaptureFailed | VoidFailed | RefundFailed]]] = {
    "capture": CaptureFailed,
    "void": VoidFailed,
    "refund": RefundFailed,
}


def owed(payment: Known) -> list[Hold]:
    """Charges that stand, that nobody wants, and that are not being given back yet."""
    facts = payment.facts
    unwanted = list(facts.strays)
    if isinstance(payment, Authorized | Captured | Conflicted) and facts.unwanted:
        unwanted.append(payment.hold)
    return [one for one in unwanted if _may_be_given_back(facts, one)]


def _may_be_given_back(facts: Facts, hold: Hold) -> bool:
    """What was given back and came back again is a person's."""
    before = _compensations(facts, hold)
    if any(one.state == "open" for one in before) or to_take_back(facts, hold) is None:
        return False
    undone = {facts.attempts[one.key].started.operation for one in facts.undone}
    return len(before) < COMPENSATIONS_PER_CHARGE_MAX and not any(
        one.id in undone for one in before
    )


def _compensations(facts: Facts, hold: Hold) -> list[Operation]:
    return [one for one in facts.of(hold) if one.kind == "compensation"]


def compensate(payment: Known, hold: Hold, sender: Sender) -> CompensationStarted:
    """Of a charge that is `owed`."""
    facts = payment.facts
    means, amount = to_take_back(facts, hold) or ("refund", hold.amount.zero())
    number = len(_compensations(facts, hold)) + 1
    operation = compensation_operation(facts.intent.payment, hold.key, number)
    return begin(CompensationStarted, facts, hold, means, amount, operation, sender, means=means)


def needs_a_person(facts: Facts, hold: Hold, offered: Capabilities) -> bool:
    """The gateway gives back nothing that was captured, whoever asks it."""
    left = to_take_back(facts, hold)
    return left is not None and left[0] == "refund" and not offered.refunds


def hand_over(facts: Facts, hold: Hold, *, reason: str, now: datetime) -> list[PaymentEvent]:
    """Asks a person, once, to give back what no machine can."""
    if facts.attempts[hold.key].handed_over is not None:
        return []
    return [ReviewRequested(key=hold.key, reason=reason, about="charge", at=now)]


def what_follows(payment: Known, *, now: datetime) -> list[PaymentEvent]:
    """The end that the facts so far have brought about, if any."""
    if not isinstance(payment, Authorized | Captured | Conflicted):
        return []
    facts = payment.facts
    if facts.unwanted:
        over = to_take_back(facts, payment.hold) is None and not _is_tried(facts, payment.hold)
        return [PaymentCanceled(at=now)] if over else []
    if not isinstance(payment, Authorized):
        return []
    voided = facts.total(payment.hold, "void", settled=True)
    busy = any(one.state == "open" for one in facts.of(payment.hold))
    if busy or voided < payment.hold.amount:  # a void may be found done beside an open capture
        return []
    expired = any(_releases_expired(one) for one in facts.of(payment.hold))
    return [PaymentExpired(at=now) if expired else PaymentCanceled(at=now)]


def _is_tried(facts: Facts, hold: Hold) -> bool:
    """A try to give it back is open."""
    return any(facts.attempts[one.last_key].is_open for one in _compensations(facts, hold))


def goes_on(operation: Operation) -> bool:
    """Nobody waits for its answer any more: it is tried again in the background."""
    return never_given_up(operation) or operation.deferred is not None


def never_given_up(operation: Operation) -> bool:
    """It must be carried to its end: nobody asked for it, or what it gives back is nobody's."""
    return operation.kind == "compensation" or _releases_expired(operation)


def _releases_expired(operation: Operation) -> bool:
    """The reason alone says nothing: a refund's is the merchant's own word."""
    return operation.kind == "void" and operation.reason == EXPIRED


def give_up(operation: Operation, code: str, *, now: datetime) -> list[PaymentEvent]:
    """The end of an operation that moved nothing."""
    if never_given_up(operation):
        return []
    return [FAILURE[operation.kind](operation=operation.id, code=code, at=now)]


def end_needless(facts: Facts, operation: Operation, *, now: datetime) -> list[PaymentEvent]:
    """The release of what is expired, where others moved all of it meanwhile. (A compensation of
    which nothing is left is over by that fact itself.)"""
    hold = standing_charge(facts, operation.charge_key)
    if hold is None or not _releases_expired(operation) or not held(facts, hold).is_zero:
        return []
    return [VoidFailed(operation=operation.id, code=MOVED_BY_OTHERS, at=now)]


def expires_at(payment: Known, lifetime_s: float) -> datetime | None:
    """When the gateway lets go of what is held; None where nothing is held or asked for."""
    if not isinstance(payment, Authorized | Captured) or releasable(payment).is_zero:
        return None
    if any(one.state == "open" for one in payment.facts.of(payment.hold)):
        return None  # one of another charge, that waits for a person, holds up nothing
    return payment.hold.at + timedelta(seconds=lifetime_s)


def expire(payment: Authorized | Captured, sender: Sender) -> VoidStarted:
    """Releases what nobody captured in time; the payment expires when that is confirmed."""
    facts, hold = payment.facts, payment.hold
    before = sum(1 for one in facts.of(hold) if _releases_expired(one))
    operation = derived_id(str(facts.intent.payment), EXPIRED, str(hold.key), before + 1)
    return begin(
        VoidStarted, facts, hold, "void", releasable(payment), operation, sender,
        reason=EXPIRED,
    )  # fmt: skip


def operations_between_tries(facts: Facts) -> list[Operation]:
    """Open operations whose last try is over: they need another try, or an end."""
    return [
        one
        for one in facts.operations.values()
        if one.state == "open" and not facts.attempts[one.last_key].is_open
    ]
