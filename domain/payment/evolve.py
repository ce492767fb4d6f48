"""What follows from facts. Total: an impossible history is refused, never guessed at."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from domain.changed import replace
from domain.payment import events as e
from domain.payment.attempt import Command, standing
from domain.payment.bookkeeping import ImpossibleHistory, note
from domain.payment.events import PaymentEvent
from domain.payment.state import (
    Authorized,
    Canceled,
    Captured,
    Conflicted,
    Expired,
    Facts,
    Failed,
    InFlight,
    Known,
    New,
    Payment,
    Ready,
    Unknown,
)
from domain.payment.transitions import OF_ONE_SEND, TRANSITIONS

Move = Callable[[Any, Facts, Any], Known]


def evolve(payment: Payment, event: PaymentEvent) -> Payment:
    """The payment after one more fact. Raises ImpossibleHistory."""
    if isinstance(payment, New):
        if not isinstance(event, e.PaymentInitiated):
            raise ImpossibleHistory(f"{type(event).__name__} opens no payment")
        create = Command(ref=event.command, first=0)
        return Ready(Facts(intent=event, revision=0, commands={event.command.id: create}))
    facts = note(payment.facts, event)
    if isinstance(event, OF_ONE_SEND) and facts.attempts[event.key].kind != "charge":
        return replace(payment, facts=facts)
    allowed = TRANSITIONS.get((type(payment), type(event)))
    if allowed is None:
        raise ImpossibleHistory(f"{type(event).__name__} in {type(payment).__name__}")
    move: Move = _MOVES.get(type(event), _stay)
    after = move(payment, facts, event)
    if type(after) not in allowed:
        raise ImpossibleHistory(f"{type(event).__name__} led to {type(after).__name__}")
    return after


def fold(events: Iterable[PaymentEvent], payment: Payment | None = None) -> Payment:
    """The payment after these facts, in order. Raises ImpossibleHistory."""
    after: Payment = New() if payment is None else payment
    for event in events:
        after = evolve(after, event)
    return after


def _stay(payment: Known, facts: Facts, _: PaymentEvent) -> Known:
    return replace(payment, facts=facts)


def _succeed(payment: InFlight | Unknown, facts: Facts, event: e.AttemptSucceeded) -> Known:
    _check_asked(payment, event.key)
    attempt = facts.attempts[event.key]
    hold = standing(attempt.started, event)
    if event.amount != facts.intent.amount:
        return Conflicted(facts, hold)
    return Captured(facts, hold) if event.captured else Authorized(facts, hold)


def _settle_as_not_charged(
    payment: InFlight | Unknown, facts: Facts, event: e.AttemptDeclined | e.AttemptFailed
) -> Known:
    _check_asked(payment, event.key)
    return Ready(facts)


def _not_sent(payment: InFlight | Unknown, facts: Facts, event: e.AttemptNotSent) -> Known:
    _check_asked(payment, event.key)
    return Unknown(facts, event.key) if facts.attempts[event.key].is_open else Ready(facts)


def _not_known(
    payment: InFlight | Unknown, facts: Facts, event: e.OutcomeUnknown | e.AttemptTakenOver
) -> Known:
    _check_asked(payment, event.key)
    return Unknown(facts, event.key)


def _done_late(payment: Known, facts: Facts, event: e.LateOperationObserved) -> Known:
    if isinstance(payment, Authorized) and facts.operations[event.operation].kind == "capture":
        return Captured(facts, payment.hold)
    return _stay(payment, facts, event)


def _moved_beside(payment: Known, facts: Facts, event: e.ForeignMovementObserved) -> Known:
    if not isinstance(payment, Authorized) or event.means != "capture":
        return _stay(payment, facts, event)
    if payment.hold.key == event.charge_key:
        return Captured(facts, payment.hold)
    return _stay(payment, facts, event)


def _check_asked(payment: InFlight | Unknown, key: object) -> None:
    if payment.asked != key:
        raise ImpossibleHistory(f"{key} is not the open try")


_MOVES: Final[dict[type, Move]] = {
    e.AttemptStarted: lambda payment, facts, event: InFlight(facts, event.key),
    e.AttemptSucceeded: _succeed,
    e.AttemptDeclined: _settle_as_not_charged,
    e.AttemptFailed: _settle_as_not_charged,
    e.AttemptNotSent: _not_sent,
    e.OutcomeUnknown: _not_known,
    e.AttemptTakenOver: _not_known,
    e.CaptureSucceeded: lambda payment, facts, event: Captured(facts, payment.hold),
    e.LateOperationObserved: _done_late,
    e.ForeignMovementObserved: _moved_beside,
    e.PaymentFailed: lambda payment, facts, event: Failed(facts, event.code, event.retryable),
    e.PaymentCanceled: lambda payment, facts, event: Canceled(
        facts, getattr(payment, "hold", None)
    ),
    e.PaymentExpired: lambda payment, facts, event: Expired(facts, payment.hold),
}
