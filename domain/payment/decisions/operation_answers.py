"""What a positive answer makes of a capture, void, refund or compensation."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from domain.gateway.answers import Done
from domain.money import Money
from domain.payment.attempt import Attempt, standing
from domain.payment.bookkeeping import note
from domain.payment.events import (
    AttemptSucceeded,
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
    return [fact, *_too_much(facts, fact)] if isinstance(fact, LateOperationObserved) else [fact]


def _too_much(facts: Facts, fact: LateOperationObserved) -> list[PaymentEvent]:
    """Nobody can take money back by a machine: where it moved twice, or beyond what stands, a
    person must look."""
    facts = note(facts, fact)
    operation = facts.operations[fact.operation]
    if operation.again:
        return [ReviewRequested(key=fact.key, reason="moved_twice", at=fact.at)]
    if _within_bounds(facts, operation.charge_key):
        return []
    return [ReviewRequested(key=fact.key, reason="moved_beyond_bounds", at=fact.at)]


def _within_bounds(facts: Facts, charge: UUID) -> bool:
    verdict = facts.attempts[charge].verdict
    hold = next((one for one in facts.strays if one.key == charge), None)
    if isinstance(verdict, AttemptSucceeded):
        hold = standing(facts.attempts[charge].started, verdict)
    if hold is None:
        return False
    given, released = facts.by_means(hold, "refund"), facts.by_means(hold, "void")
    if hold.captured_at_once:
        return given <= hold.amount and released.is_zero
    taken = facts.total(hold, "capture", settled=True)
    return given <= taken and facts.by_means(hold, "capture") + released <= hold.amount


def let_go(facts: Facts, attempt: Attempt, evidence: Evidence, now: datetime) -> list[PaymentEvent]:
    """What was to be released is released: it speaks of the hold, not only of one send."""
    started = attempt.started
    if not isinstance(started, FollowUpStarted) or facts.operations[started.operation].means != (
        "void"
    ):
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
