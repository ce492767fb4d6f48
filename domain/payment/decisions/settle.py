"""Settling an unknown: who may act on it, when, and by which means."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from domain.gateway.capabilities import Capabilities
from domain.payment.attempt import Attempt, Operation
from domain.payment.decisions.closing import (
    expires_at,
    goes_on,
    operations_between_tries,
    owed,
)
from domain.payment.decisions.sender import Sender
from domain.payment.events import (
    AttemptFailed,
    AttemptRepeated,
    AttemptTakenOver,
    OutcomeUnknown,
    PaymentEvent,
    ReviewRequested,
    Started,
)
from domain.payment.rules import REPEATS_PER_KEY_MAX, Rules
from domain.payment.state import Facts, Known, Ready

DOUBLINGS_MAX: Final = 16
SENDING_MARGIN: Final = timedelta(seconds=10)  # from the decision to the send, by any two clocks


class OwnerMayBeAlive(Exception):
    """Another process may still send or be waiting for the answer: not before `free_at`."""

    def __init__(self, owner: str, free_at: datetime) -> None:
        super().__init__(f"{owner} may be alive until {free_at}")
        self.free_at = free_at


def take_over(
    attempt: Attempt, *, owner: str, now: datetime, rules: Rules, owner_is_dead: bool
) -> list[PaymentEvent]:
    """[] when the try is ours already and known to be unknown. Where it is ours and nothing was
    recorded of it in its time, that is what we say. Raises OwnerMayBeAlive."""
    ours = attempt.owner == owner
    if ours and attempt.unknown:
        return []
    free_at = attempt.send_before + rules.taken_over_after
    if now < free_at and not owner_is_dead:
        raise OwnerMayBeAlive(attempt.owner, free_at)
    if ours:
        return [OutcomeUnknown(key=attempt.key, reason="nothing_recorded_in_time", at=now)]
    return [AttemptTakenOver(key=attempt.key, owner=owner, at=now)]


def is_wanted(facts: Facts, now: datetime) -> bool:
    """Whether a charge that has not happened yet should still happen."""
    return facts.cancel is None and now < facts.intent.complete_by


def _is_wanted(facts: Facts, attempt: Attempt, now: datetime) -> bool:
    """An operation is, unless another try of it was done after all."""
    operation = facts.operations.get(attempt.started.operation)
    return is_wanted(facts, now) if operation is None else operation.state == "open"


def is_the_clients(facts: Facts, attempt: Attempt, now: datetime) -> bool:
    """Whether only the client may have this charge sent, for its first time: nobody else has use
    for the try before it is no longer wanted."""
    return _may_be_unsent(facts, attempt) and is_wanted(facts, now)


def _may_be_unsent(facts: Facts, attempt: Attempt) -> bool:
    is_charge = attempt.started.operation not in facts.operations
    return is_charge and not attempt.sent_on_record


def may_repeat(
    facts: Facts,
    attempt: Attempt,
    capabilities: Capabilities,
    *,
    owner: str,
    now: datetime,
    asked_again: bool = False,
) -> bool:
    """Only by the owner, only while the gateway surely remembers the key (half its lifetime, and
    until after all the lateness of the repeat), and for a charge only while it is wanted.
    Gateways forget keys: later it would be a new one.

    A charge of which no send is on record as done may never have been sent, and its client may
    have been told that nothing was recorded: it goes out for the first time only where that client
    has `asked_again`, by repeating the command with its key."""
    if _may_be_unsent(facts, attempt) and not asked_again:
        return False
    half_life = timedelta(seconds=capabilities.key_lifetime_s / 2)
    arrives_within = timedelta(seconds=capabilities.lateness_s) + SENDING_MARGIN
    surely = min(half_life, 2 * half_life - arrives_within)
    remembered = now < attempt.started.at + surely
    wanted = _is_wanted(facts, attempt, now)
    alone = attempt.owner == owner and attempt.unknown and attempt.pending is None
    return remembered and wanted and alone and attempt.repeats < REPEATS_PER_KEY_MAX


def repeat(attempt: Attempt, sender: Sender) -> AttemptRepeated:
    return AttemptRepeated(
        key=attempt.key, owner=sender.owner, send_before=sender.send_before, at=sender.now
    )


def review(attempt: Attempt, *, now: datetime, rules: Rules) -> list[PaymentEvent]:
    """A person must look when nothing has settled it for so long."""
    if attempt.review is not None or now < attempt.started.at + rules.review_after:
        return []
    return [ReviewRequested(key=attempt.key, reason="unsettled_too_long", at=now)]


def open_attempts(facts: Facts) -> list[Attempt]:
    return [one for one in facts.attempts.values() if one.is_open]


def due_at(
    payment: Known,
    *,
    rules: Rules,
    authorization_lifetime_s: float | None,
    can_look: Callable[[Started], bool] = lambda _: False,
) -> datetime | None:
    """From when on any worker may carry this payment on; None when nothing is left to do. What is
    under review is still looked for where that `can_look`: a person was asked, and may be slow."""
    facts = payment.facts
    attempts = [one for one in open_attempts(facts) if one.review is None or can_look(one.started)]
    times = [attempt_due(one, rules) for one in attempts]
    times += [next_try_at(facts, one, rules) for one in operations_between_tries(facts)]
    times += [hold.at for hold in owed(payment)]
    if isinstance(payment, Ready):
        since = max((one.since for one in facts.charges), default=facts.intent.at)
        budget = timedelta(seconds=rules.latency_budget_s)
        times.append(since + budget + rules.clock_skew)
    if authorization_lifetime_s is not None:
        expiry = expires_at(payment, authorization_lifetime_s)
        times += [expiry] if expiry else []
    return min(times, default=None)


def next_try_at(facts: Facts, operation: Operation, rules: Rules) -> datetime:
    """From when on any worker may begin the next try of an operation between tries, or end it.
    Operations that nobody waits for are tried again and again, ever more slowly."""
    last = facts.attempts[operation.last_key]
    if not goes_on(operation):
        return last.since + timedelta(seconds=rules.latency_budget_s) + rules.clock_skew
    wished = last.verdict.retry_after_s if isinstance(last.verdict, AttemptFailed) else None
    wished = min(wished or 0.0, rules.verify_most.total_seconds())
    return last.since + max(_ever_longer(operation.tries - 1, rules), timedelta(seconds=wished))


def _ever_longer(times_before: int, rules: Rules) -> timedelta:
    doubled = rules.verify_first * float(2 ** min(times_before, DOUBLINGS_MAX))
    return min(doubled, rules.verify_most)


def attempt_due(attempt: Attempt, rules: Rules) -> datetime:
    """From when on this open try may be settled."""
    pause = _pause_of(attempt, rules)
    if pause is not None:
        return attempt.since + pause
    return attempt.send_before + rules.taken_over_after


def pause_between(payment: Known, rules: Rules) -> timedelta:
    """How long to wait at least after a round that told nothing new: what a fact before it began
    anew is not begun anew by whoever counts the rounds since."""
    facts = payment.facts
    pauses = [_pause_of(one, rules) for one in open_attempts(facts)]
    pauses += [_ever_longer(one.tries - 1, rules) for one in operations_between_tries(facts)]
    return min([one for one in pauses if one is not None], default=rules.verify_first)


def _pause_of(attempt: Attempt, rules: Rules) -> timedelta | None:
    """None while its owner may still send or be waiting."""
    if attempt.review is not None:
        return rules.verify_most
    if attempt.unknown or attempt.pending is not None:
        # Each of these is a new fact, and with it the pause would begin anew: two workers that can
        # prove nothing would take the try from each other every few seconds, for days, and so
        # would a gateway be looked up that says something else each time.
        rounds = attempt.repeats + max(0, attempt.take_overs - 1, attempt.tellings - 1)
        return _ever_longer(rounds, rules)
    return None
