"""What a positive answer makes of a capture, void, refund or compensation."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from domain.gateway.answers import Done
from domain.money import Money
from domain.payment.attempt import Attempt
from domain.payment.bookkeeping import note
from domain.payment.events import (
    CaptureSucceeded,
    CompensationSucceeded,
    FollowUpStarted,
    LateOperationObserved,
    PaymentEvent,
    RefundSucceeded,
    ReviewRequested,
    VoidSucceeded,
)
from domain.payment.events.shapes import Evidence
from domain.payment.kept import standing_charge
from domain.payment.state import Facts

Success: TypeAlias = type[
    CaptureSucceeded | VoidSucceeded | RefundSucceeded | CompensationSucceeded
]

SUCCESS: Final[dict[str, Success]] = {
    "capture": CaptureSucceeded,
    "void": VoidSucceeded,
    "refund": RefundSucceeded,
    "compensation": CompensationSucceeded,
}


class AnswerDoesNotFit(Exception):
    """A gateway answered something else than was asked: nothing can be concluded from it."""


def operation_done(
    facts: Facts, attempt: Attempt, answer: Done, evidence: Evidence, now: datetime
) -> list[PaymentEvent]:
    if attempt.kind == "charge":
        raise AnswerDoesNotFit("a charge was answered as if it were something else")
    _check_amount(attempt, answer.amount)
    if attempt.stands:
        return []
    operation = facts.operations[attempt.started.operation]
    in_time = attempt.is_open and operation.state == "open"
    fact = (SUCCESS[attempt.kind] if in_time else LateOperationObserved)(
        operation=operation.id,
        key=attempt.key,
        reference=answer.reference,
        amount=answer.amount,
        evidence=evidence,
        at=now,
    )
    if isinstance(fact, LateOperationObserved):
        return [fact, *_too_much(facts, fact)]
    return [fact, *_beside_others(facts, fact)]


def _too_much(facts: Facts, fact: LateOperationObserved) -> list[PaymentEvent]:
    """Nobody can take money back by a machine: where it moved twice, or beyond what stands, a
    person must look."""
    facts = note(facts, fact)
    operation = facts.operations[fact.operation]
    if operation.again:
        return [ReviewRequested(key=fact.key, reason="moved_twice", at=fact.at)]
    if within_bounds(facts, operation.charge_key):
        return []
    return [ReviewRequested(key=fact.key, reason="moved_beyond_bounds", at=fact.at)]


def _beside_others(
    facts: Facts,
    fact: CaptureSucceeded | VoidSucceeded | RefundSucceeded | CompensationSucceeded,
) -> list[PaymentEvent]:
    """Where others moved money of the charge, what we asked for may be too much beside that."""
    charge = facts.operations[fact.operation].charge_key
    if not facts.is_disturbed(charge) or within_bounds(note(facts, fact), charge):
        return []
    return ask_about(facts, charge, "moved_beyond_bounds", now=fact.at)


def ask_about(facts: Facts, key: UUID, reason: str, *, now: datetime) -> list[PaymentEvent]:
    """A person, once for each reason."""
    if facts.attempts[key].review == reason:
        return []
    return [ReviewRequested(key=key, reason=reason, at=now)]


def within_bounds(facts: Facts, charge: UUID) -> bool:
    """Whether no more moved on this charge than it stands for."""
    hold = standing_charge(facts, charge)
    if hold is None:
        return False
    given, released = facts.by_means(hold, "refund"), facts.by_means(hold, "void")
    later = facts.by_means(hold, "capture")
    if hold.captured_at_once:
        return given <= facts.taken(hold, settled=True) and (later + released).is_zero
    return given <= facts.taken(hold, settled=True) and later + released <= hold.amount


def let_go(facts: Facts, attempt: Attempt, evidence: Evidence, now: datetime) -> list[PaymentEvent]:
    """What was to be released is released: it speaks of the hold, not only of one send."""
    started = attempt.started
    if not isinstance(started, FollowUpStarted) or attempt.means != "void":
        raise AnswerDoesNotFit(f"an expired hold as the answer to a {attempt.kind}")
    if not attempt.is_open:
        return []  # it is gone since: that does not say that this try did it
    return operation_done(facts, attempt, Done(started.charge, started.amount), evidence, now)


def _check_amount(attempt: Attempt, moved: Money) -> None:
    """A gateway may do less than was asked, which is recorded as such, but never more; a
    compensation gives all back, or it is none."""
    wished = attempt.started.amount
    fits = moved.currency == wished.currency and moved <= wished
    if not fits or (attempt.kind == "compensation" and moved != wished):
        raise AnswerDoesNotFit(f"{moved} as the answer to {wished}")
