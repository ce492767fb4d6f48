"""What one more fact changes in a payment's books: attempts, operations, commands, strays.

evolve.py decides the state; nothing here does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from domain.changed import replace
from domain.payment import events as e
from domain.payment.attempt import Command
from domain.payment.bookkeeping import observed, operations, reviews, sends
from domain.payment.bookkeeping.common import ImpossibleHistory, conclude
from domain.payment.events import PaymentEvent
from domain.payment.state import Facts


def note(facts: Facts, event: PaymentEvent) -> Facts:
    """The books after one more fact. Raises ImpossibleHistory."""
    if isinstance(event, e.PaymentInitiated):
        raise ImpossibleHistory("a payment begins once")
    facts = _NOTES[type(event)](replace(facts, revision=facts.revision + 1), event)
    return observed.without_needless(facts) if facts.foreign else facts


def _route(facts: Facts, event: e.RouteDecided) -> Facts:
    return replace(facts, route=event)


def _end(facts: Facts, event: PaymentEvent) -> Facts:
    facts = conclude(facts, facts.intent.command)
    return conclude(facts, facts.cancel.command if facts.cancel else None)


def _cancel(facts: Facts, event: e.CancelRequested) -> Facts:
    if facts.cancel is not None:
        raise ImpossibleHistory("canceled twice")
    _is_new(facts, event.command)
    command = Command(ref=event.command, first=facts.revision)
    commands = {**facts.commands, event.command.id: command}
    unsettled = all(one.is_open or not one.stands for one in facts.charges)
    facts = replace(facts, commands=commands, cancel=event, unwanted=unsettled)
    open_charge = any(one.is_open for one in facts.charges)
    return conclude(facts, event.command) if open_charge else facts


def _refuse(facts: Facts, event: e.CommandRefused) -> Facts:
    _is_new(facts, event.command)
    command = Command(
        ref=event.command,
        first=facts.revision,
        concluded=facts.revision,
        refused=event.code,
        detail=event.detail,
    )
    commands = {**facts.commands, event.command.id: command}
    return replace(facts, commands=commands, refusals=facts.refusals + 1)


def _is_new(facts: Facts, command: e.CommandRef) -> None:
    if command.id in facts.commands:
        raise ImpossibleHistory(f"the command {command.id} was recorded before")


_NOTES: Final[dict[type, Callable[[Facts, Any], Facts]]] = {
    e.RouteDecided: _route,
    **dict.fromkeys(operations.KINDS, operations.start),
    e.AttemptRepeated: sends.repeat,
    e.AttemptTakenOver: sends.take_over,
    e.AttemptNotSent: sends.not_sent,
    e.AttemptPending: sends.pend,
    e.AttemptSucceeded: sends.succeed,
    e.AttemptDeclined: sends.judge,
    e.AttemptFailed: sends.judge,
    e.OutcomeUnknown: sends.unknown,
    e.LookUpAnswered: sends.look_up,
    e.ReviewRequested: sends.review,
    e.LateSuccessObserved: sends.late_success,
    **dict.fromkeys(
        (e.CaptureSucceeded, e.VoidSucceeded, e.RefundSucceeded, e.CompensationSucceeded),
        operations.succeeded,
    ),
    e.LateOperationObserved: operations.done_late,
    e.ForeignMovementObserved: observed.foreign,
    e.CaptureReversed: observed.undone,
    e.RefundReversed: observed.undone,
    e.FollowUpDeferred: operations.deferred,
    **dict.fromkeys((e.CaptureFailed, e.VoidFailed, e.RefundFailed), operations.failed),
    **dict.fromkeys((e.PaymentFailed, e.PaymentCanceled, e.PaymentExpired), _end),
    e.ResolveProposed: reviews.proposed,
    e.ReviewResolved: reviews.resolved,
    e.ResolveRefused: reviews.refused,
    e.CancelRequested: _cancel,
    e.CommandRefused: _refuse,
}

__all__ = ["ImpossibleHistory", "note"]
