"""When a payment is due again, and how long to wait after a round that told nothing.

What goes on in the background goes on ever more rarely. Once a person was asked, it is looked at
once a day, for as long as it is open: never in a loop, and never forgotten.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.payment.attempt import Attempt, Hold, Operation
from domain.payment.decisions.closing import (
    expires_at,
    goes_on,
    operations_between_tries,
    owed,
)
from domain.payment.events import AttemptFailed
from domain.payment.rules import Rules
from domain.payment.state import Facts, Known, Ready

DOUBLINGS_MAX: Final = 16


def open_attempts(facts: Facts) -> list[Attempt]:
    return [one for one in facts.attempts.values() if one.is_open]


def due_at(
    payment: Known, *, rules: Rules, authorization_lifetime_s: float | None
) -> datetime | None:
    """From when on any worker may carry this payment on; None when nothing is left to do."""
    times = due_times(payment, rules=rules, authorization_lifetime_s=authorization_lifetime_s)
    return min(times, default=None)


def due_times(
    payment: Known, *, rules: Rules, authorization_lifetime_s: float | None
) -> list[datetime]:
    """As `due_at`, of everything that is left to do."""
    facts = payment.facts
    times = [attempt_due(one, rules) for one in open_attempts(facts)]
    times += [next_try_at(facts, one, rules) for one in operations_between_tries(facts)]
    times += [_given_back_at(facts, hold, rules) for hold in owed(payment)]
    if isinstance(payment, Ready):
        since = max((one.since for one in facts.charges), default=facts.intent.at)
        budget = timedelta(seconds=rules.latency_budget_s)
        times.append(since + budget + rules.clock_skew)
    if authorization_lifetime_s is not None:
        expiry = expires_at(payment, authorization_lifetime_s)
        times += [expiry] if expiry else []
    return times


def next_try_at(facts: Facts, operation: Operation, rules: Rules) -> datetime:
    """From when on any worker may begin the next try of an operation between tries, or end it.
    Operations that nobody waits for are tried again and again, ever more slowly."""
    last = facts.attempts[operation.last_key]
    if not goes_on(operation):
        return last.since + timedelta(seconds=rules.latency_budget_s) + rules.clock_skew
    if operation.reviewed_at is not None:
        return max(operation.reviewed_at, last.since) + rules.look_after_review
    wished = last.verdict.retry_after_s if isinstance(last.verdict, AttemptFailed) else None
    wished = min(wished or 0.0, rules.verify_most.total_seconds())
    return last.since + max(_ever_longer(operation.tries - 1, rules), timedelta(seconds=wished))


def attempt_due(attempt: Attempt, rules: Rules) -> datetime:
    """From when on this open try may be settled."""
    if attempt.reviewed_at is not None:
        return attempt.reviewed_at + rules.look_after_review
    pause = _pause_of(attempt, rules)
    if pause is not None:
        return attempt.since + pause
    return attempt.send_before + rules.taken_over_after


def pause_between(payment: Known, rules: Rules) -> timedelta:
    """How long to wait at least after a round that told nothing new: what a fact before it began
    anew is not begun anew by whoever counts the rounds since."""
    facts = payment.facts
    pauses = [_pause_of(one, rules) for one in open_attempts(facts)]
    pauses += [_pause_of_operation(one, rules) for one in operations_between_tries(facts)]
    pauses += [_pause_of_hold(facts, one, rules) for one in owed(payment)]
    return min([one for one in pauses if one is not None], default=rules.verify_first)


def _pause_of(attempt: Attempt, rules: Rules) -> timedelta | None:
    """None while its owner may still send or be waiting."""
    if attempt.reviewed_at is not None:
        return rules.look_after_review
    if attempt.unknown or attempt.pending is not None:
        # Each of these is a new fact, and with it the pause would begin anew: two workers that can
        # prove nothing would take the try from each other every few seconds, for days, and so
        # would a gateway be looked up that says something else each time.
        rounds = attempt.repeats + max(0, attempt.take_overs - 1, attempt.tellings - 1)
        return _ever_longer(rounds, rules)
    return None


def _pause_of_operation(operation: Operation, rules: Rules) -> timedelta:
    if operation.reviewed_at is not None and goes_on(operation):
        return rules.look_after_review
    return _ever_longer(operation.tries - 1, rules)


def _given_back_at(facts: Facts, hold: Hold, rules: Rules) -> datetime:
    asked_at = facts.attempts[hold.key].reviewed_at
    return hold.at if asked_at is None else asked_at + rules.look_after_review


def _pause_of_hold(facts: Facts, hold: Hold, rules: Rules) -> timedelta:
    asked_at = facts.attempts[hold.key].reviewed_at
    return rules.verify_first if asked_at is None else rules.look_after_review


def _ever_longer(times_before: int, rules: Rules) -> timedelta:
    doubled = rules.verify_first * float(2 ** min(times_before, DOUBLINGS_MAX))
    return min(doubled, rules.verify_most)
