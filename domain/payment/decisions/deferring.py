"""What is refused for now goes on in the background, ever more rarely, and has an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.payment.attempt import Attempt, Operation
from domain.payment.decisions.closing import give_up, goes_on
from domain.payment.events import (
    AttemptDeclined,
    AttemptFailed,
    FollowUpDeferred,
    PaymentEvent,
    ReviewRequested,
)
from domain.payment.rules import FOLLOW_UP_TRIES_MAX, WOKEN_TRIES_MAX, Rules
from domain.payment.state import Facts


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a try did nothing. `passing`: the same may be done a little later. `retryable`: asking
    for it anew, with a new key, may help."""

    code: str
    message: str
    passing: bool
    retryable: bool


def refusal_of(facts: Facts, operation: Operation) -> Refusal:
    """What the last try of an operation between tries came to."""
    match facts.attempts[operation.last_key].verdict:
        case AttemptFailed(code=code, message=message, transient=passing):
            return Refusal(code, message, passing, retryable=passing)
        case AttemptDeclined(code=code, message=message, advice=advice):
            again = advice != "do_not_try_again"
            return Refusal(code, message, passing=False, retryable=again)
        case _:
            return Refusal("not_sent", "", passing=True, retryable=True)


def defer(facts: Facts, operation: Operation, *, now: datetime) -> list[PaymentEvent]:
    """Goes on in the background, where the refusal passes."""
    why = refusal_of(facts, operation)
    if goes_on(operation) or not why.passing:
        return []
    return [
        FollowUpDeferred(
            operation=operation.id, key=operation.last_key, code=why.code, message=why.message,
            at=now,
        )
    ]  # fmt: skip


def review_operation(
    facts: Facts, operation: Operation, *, now: datetime, rules: Rules
) -> list[PaymentEvent]:
    """What must be carried to its end is tried for long; refused for so long, a person must look,
    and it is tried once a day while tries are left (`tries_left`)."""
    tries = _tries(facts, operation)
    reviewed = any(one.under_review for one in tries)
    ended = [end.at for one in tries for end in one.resolved.values()]
    just_ended = bool(ended) and now < max(ended) + rules.review_after
    if reviewed or just_ended or not _was_tried_for_long(operation, now=now, rules=rules):
        return []
    return [ReviewRequested(key=operation.last_key, reason="refused_too_long", at=now)]


def tries_left(operation: Operation, *, woken: bool = False) -> bool:
    """Whether one more try may be begun by itself, or where its gateway gave notice (`woken`)."""
    return operation.tries < FOLLOW_UP_TRIES_MAX + (WOKEN_TRIES_MAX if woken else 0)


def end_deferred(
    facts: Facts, operation: Operation, *, now: datetime, rules: Rules
) -> list[PaymentEvent]:
    """What was deferred fails with its last reason when that lasts, or when it was refused for
    long: nothing moved. Of what was once unknown that is not sure: a person must look instead."""
    why = refusal_of(facts, operation)
    if why.passing and not _was_tried_for_long(operation, now=now, rules=rules):
        return []
    if why.passing and any(one.unknown for one in _tries(facts, operation)):
        return review_operation(facts, operation, now=now, rules=rules)
    return give_up(operation, why.code, now=now)


def _was_tried_for_long(operation: Operation, *, now: datetime, rules: Rules) -> bool:
    late = now >= operation.at + rules.review_after
    return late or operation.tries >= FOLLOW_UP_TRIES_MAX


def _tries(facts: Facts, operation: Operation) -> list[Attempt]:
    return [one for one in facts.attempts.values() if one.started.operation == operation.id]
