"""A payment's stream as sentences, so that a test can say what must have happened in words."""

from __future__ import annotations

from collections.abc import Sequence

from domain.payment import events as e
from domain.payment.events import PaymentEvent


def told(events: Sequence[PaymentEvent]) -> list[str]:
    """Without how it began: every test's payment is initiated and routed."""
    beginnings = (e.PaymentInitiated, e.RouteDecided)
    return [_words(one) for one in events if not isinstance(one, beginnings)]


def _words(fact: PaymentEvent) -> str:
    name = type(fact).__name__
    match fact:
        case e.Started():
            return f"{name} {fact.number} at {fact.gateway}"
        case e.AttemptTakenOver() | e.AttemptRepeated():
            return f"{name} by {fact.owner}"
        case e.AttemptFailed() | e.AttemptDeclined():
            return f"{name}: {fact.code} ({fact.evidence})"
        case e.AttemptSucceeded() | e.LateSuccessObserved() | e.OperationSucceeded():
            return f"{name} ({fact.evidence})"
        case e.OperationFailed() | e.PaymentFailed() | e.CommandRefused() | e.FollowUpDeferred():
            return f"{name}: {fact.code}"
        case e.LookUpAnswered():
            return f"{name}: {fact.answer}"
        case e.OutcomeUnknown() | e.ReviewRequested():
            return f"{name}: {fact.reason}"
        case _:
            return name
