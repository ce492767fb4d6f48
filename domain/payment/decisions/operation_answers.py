"""What a positive answer makes of a capture, void, refund or compensation."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeAlias

from domain.gateway.answers import Done
from domain.money import Money
from domain.payment.attempt import Attempt
from domain.payment.events import (
    CaptureSucceeded,
    CompensationSucceeded,
    FollowUpStarted,
    PaymentEvent,
    RefundSucceeded,
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
    attempt: Attempt, answer: Done, evidence: Evidence, now: datetime
) -> list[PaymentEvent]:
    if attempt.kind == "charge":
        raise AnswerDoesNotFit("a charge was answered as if it were something else")
    _check_amount(attempt, answer.amount)
    if not attempt.is_open:
        return []
    fact: PaymentEvent = SUCCESS[attempt.kind](
        operation=attempt.started.operation,
        key=attempt.key,
        reference=answer.reference,
        amount=answer.amount,
        evidence=evidence,
        at=now,
    )
    return [fact]


def let_go(facts: Facts, attempt: Attempt, evidence: Evidence, now: datetime) -> list[PaymentEvent]:
    """What was to be released is released: it speaks of the hold, not only of one send."""
    started = attempt.started
    if not isinstance(started, FollowUpStarted) or facts.operations[started.operation].means != (
        "void"
    ):
        raise AnswerDoesNotFit(f"an expired hold as the answer to a {attempt.kind}")
    return operation_done(attempt, Done(started.charge, started.amount), evidence, now)


def _check_amount(attempt: Attempt, moved: Money) -> None:
    """A gateway may do less than was asked, which is recorded as such, but never more; a
    compensation gives all back, or it is none."""
    wished = attempt.started.amount
    fits = moved.currency == wished.currency and moved <= wished
    if not fits or (attempt.kind == "compensation" and moved != wished):
        raise AnswerDoesNotFit(f"{moved} as the answer to {wished}")
