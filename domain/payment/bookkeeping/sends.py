"""What a fact about one send changes in the books: its attempt, and whose answer it is."""

from __future__ import annotations

from domain.changed import replace
from domain.payment import events as e
from domain.payment.attempt import standing
from domain.payment.bookkeeping.common import (
    ImpossibleHistory,
    attempt_of,
    command_behind,
    conclude,
    open_attempt_of,
    with_attempt,
    with_operation,
)
from domain.payment.kept import kept_unwanted
from domain.payment.state import Facts


def repeat(facts: Facts, event: e.AttemptRepeated) -> Facts:
    attempt = open_attempt_of(facts, event.key)
    if not attempt.unknown or event.owner != attempt.owner:
        raise ImpossibleHistory(f"{event.key}: a repeat of what is known, or by a stranger")
    return with_attempt(
        facts,
        attempt,
        owner=event.owner,
        send_before=event.send_before,
        sends=attempt.sends + 1,
        repeats=attempt.repeats + 1,
        since=event.at,
    )


def take_over(facts: Facts, event: e.AttemptTakenOver) -> Facts:
    attempt = open_attempt_of(facts, event.key)
    facts = with_attempt(
        facts,
        attempt,
        owner=event.owner,
        unknown=True,
        take_overs=attempt.take_overs + 1,
        taken_over_at=event.at,
        since=event.at,
    )
    return conclude(facts, command_behind(facts, attempt))


def not_sent(facts: Facts, event: e.AttemptNotSent) -> Facts:
    """One send that never was. When no other is left, the try is over and did nothing."""
    attempt = open_attempt_of(facts, event.key)
    verdict = event if attempt.sends == 1 else None
    return with_attempt(facts, attempt, sends=attempt.sends - 1, verdict=verdict, since=event.at)


def pend(facts: Facts, event: e.AttemptPending) -> Facts:
    attempt = open_attempt_of(facts, event.key)
    told = attempt.tellings + 1
    facts = with_attempt(facts, attempt, pending=event.reference, tellings=told, since=event.at)
    return conclude(facts, command_behind(facts, attempt))


def unknown(facts: Facts, event: e.OutcomeUnknown) -> Facts:
    attempt = open_attempt_of(facts, event.key)
    facts = with_attempt(facts, attempt, unknown=True, silent=True, since=event.at)
    return conclude(facts, command_behind(facts, attempt))


def look_up(facts: Facts, event: e.LookUpAnswered) -> Facts:
    attempt = open_attempt_of(facts, event.key)
    told = attempt.tellings + 1
    return with_attempt(facts, attempt, looked_up=event.answer, tellings=told, since=event.at)


def review(facts: Facts, event: e.ReviewRequested) -> Facts:
    """Of a try that nothing settles, of an operation whose tries are refused for ever, or of a
    charge that no machine gives back."""
    attempt = attempt_of(facts, event.key)
    if event.about == "charge":
        if not kept_unwanted(facts, attempt):
            raise ImpossibleHistory(f"{event.key} is no charge that is kept unwanted")
        return with_attempt(facts, attempt, handed_over=event.reason, reviewed_at=event.at)
    if not facts.reviewable(attempt):
        raise ImpossibleHistory(f"{event.key} was settled before")
    anew = {why: one for why, one in attempt.resolved.items() if why != event.reason}
    facts = with_attempt(facts, attempt, review=event.reason, resolved=anew, reviewed_at=event.at)
    operation = facts.operations.get(attempt.started.operation)
    if operation is None or operation.state != "open":
        return facts
    return with_operation(facts, operation, reviewed_at=event.at)


def judge(
    facts: Facts,
    event: e.AttemptSucceeded | e.AttemptDeclined | e.AttemptFailed | e.OperationSucceeded,
) -> Facts:
    attempt = open_attempt_of(facts, event.key)
    return with_attempt(facts, attempt, verdict=event, since=event.at)


def succeed(facts: Facts, event: e.AttemptSucceeded) -> Facts:
    return conclude(judge(facts, event), facts.intent.command)


def late_success(facts: Facts, event: e.LateSuccessObserved) -> Facts:
    attempt = attempt_of(facts, event.key)
    known = attempt.stands or any(one.key == event.key for one in facts.strays)
    if attempt.kind != "charge" or attempt.is_open or known:
        raise ImpossibleHistory(f"{event.key}: no charge that was settled as not charged")
    return replace(facts, strays=(*facts.strays, standing(attempt.started, event)))
