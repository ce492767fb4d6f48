"""What happened at a gateway unasked, as people and merchants see it."""

from __future__ import annotations

from typing import Any, Final

from domain.payment.attempt import Operation
from domain.payment.events import (
    CaptureReversed,
    ForeignMovementObserved,
    RefundReversed,
)
from domain.payment.state import Facts
from domain.payment.when import when

SHOWN_MAX: Final = 20  # the newest
REVERSED: Final = {"code": "reversed", "message": "", "retryable": True}


def observed_view(facts: Facts) -> list[dict[str, Any]]:
    """Movements under none of our keys and successes that were undone, by the time they were
    learned of."""
    observed = sorted((*facts.foreign, *facts.undone), key=lambda one: one.at)
    return [_shown(one) for one in observed[-SHOWN_MAX:]]


def _shown(fact: ForeignMovementObserved | CaptureReversed | RefundReversed) -> dict[str, Any]:
    if isinstance(fact, ForeignMovementObserved):
        kind, known_from = str(fact.means), str(fact.source)
    else:
        kind = "capture_reversed" if isinstance(fact, CaptureReversed) else "refund_reversed"
        known_from = fact.evidence
    return {
        "kind": kind,
        "amount": fact.amount.amount,
        "currency": fact.amount.currency,
        "reference": fact.reference,
        "known_from": known_from,
        "at": when(fact.at),
    }


def undone_of(facts: Facts, refund: Operation) -> int:
    """Minor units of a refund that came back."""
    if not facts.undone:
        return 0
    tries = {one.key for one in facts.attempts.values() if one.started.operation == refund.id}
    return sum(one.amount.amount for one in facts.undone if one.key in tries)


def is_undone(facts: Facts, refund: Operation) -> bool:
    """All of it came back: the payer has nothing of it."""
    moved = refund.amount.amount + refund.again
    return refund.state == "succeeded" and 0 < moved <= undone_of(facts, refund)
