"""What a movement under none of our keys, or an undone success, changes in the books."""

from __future__ import annotations

from typing import Final

from domain.changed import replace
from domain.money import Money
from domain.payment import events as e
from domain.payment.attempt import Attempt
from domain.payment.bookkeeping.common import ImpossibleHistory, attempt_of, with_operation
from domain.payment.kept import standing_charge, to_take_back
from domain.payment.state import Facts

MOVED_BY_OTHERS: Final = "moved_by_others"


def foreign(facts: Facts, event: e.ForeignMovementObserved) -> Facts:
    hold = standing_charge(facts, event.charge_key)
    if hold is None or hold.amount.currency != event.amount.currency:
        raise ImpossibleHistory(f"{event.means} of no charge that stands: {event.charge_key}")
    return replace(facts, foreign=(*facts.foreign, event))


def without_needless(facts: Facts) -> Facts:
    """A compensation between tries of which others left nothing is over."""
    for one in facts.operations.values():
        hold = standing_charge(facts, one.charge_key)
        between = one.state == "open" and not facts.attempts[one.last_key].is_open
        needed = hold is None or to_take_back(facts, hold) is not None
        if one.kind == "compensation" and between and not needed:
            facts = with_operation(facts, one, state="failed", code=MOVED_BY_OTHERS)
    return facts


def undone(facts: Facts, event: e.CaptureReversed | e.RefundReversed) -> Facts:
    attempt = attempt_of(facts, event.key)
    did = done_by(facts, attempt)
    means = "refund" if isinstance(event, e.RefundReversed) else "capture"
    if did is None or means_of(attempt) != means or did.currency != event.amount.currency:
        raise ImpossibleHistory(f"{event.key} is no {means} that was done")
    if did.amount < facts.undone_of(event.key) + event.amount.amount:
        raise ImpossibleHistory(f"{event.key}: more was undone than was done")
    return replace(facts, undone=(*facts.undone, event))


def done_by(facts: Facts, attempt: Attempt) -> Money | None:
    """What this try moved; of a charge what was taken of it but by our own captures. None where
    it moved nothing."""
    if isinstance(attempt.verdict, e.OperationSucceeded):
        return attempt.verdict.amount
    hold = standing_charge(facts, attempt.key)
    if hold is None:
        return None
    beside = sum(
        one.amount.amount
        for one in facts.foreign
        if one.charge_key == hold.key and one.means == "capture"
    )
    at_once = hold.amount.amount if hold.captured_at_once else 0
    return Money(at_once + beside, hold.amount.currency)


def means_of(attempt: Attempt) -> str:
    """What the gateway did under this key that could be undone: a charge may have taken money."""
    return "capture" if attempt.kind == "charge" else attempt.means
