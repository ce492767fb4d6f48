"""What a look-up or a cancellation by key proves about a try. A refused one proves nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from domain.gateway.answers import (
    Absent,
    Authorized,
    Blocked,
    CancelAnswer,
    Captured,
    LookedUp,
    NotProcessed,
    Sums,
    Undone,
)
from domain.gateway.capabilities import Capabilities
from domain.payment.attempt import Attempt, Hold
from domain.payment.decisions.answers import failure, record_answer
from domain.payment.decisions.observing import after, record_sums
from domain.payment.decisions.undoing import found_undone
from domain.payment.events import AttemptFailed, LookUpAnswered, PaymentEvent
from domain.payment.events.shapes import Evidence
from domain.payment.kept import standing_charge
from domain.payment.rules import Rules
from domain.payment.state import Facts


def record_looked_up(
    facts: Facts,
    key: UUID,
    found: LookedUp,
    capabilities: Capabilities,
    *,
    rules: Rules,
    asked_at: datetime,
    now: datetime,
    before: Facts | None = None,
) -> list[PaymentEvent]:
    """[] when it tells nothing new. `asked_at`: the clock before the gateway was asked, for what
    it did not know then may have come to it since. `before`: the payment at that time; None where
    movements under none of our keys may not be written yet. Raises AnswerDoesNotFit."""
    attempt = facts.attempts[key]
    if isinstance(found, Undone):
        if before is None:
            return []
        return found_undone(facts, attempt, found, evidence="look_up", now=now)
    if not isinstance(found, Absent):
        events = record_answer(facts, key, found, evidence="look_up", now=now)
        if before is None or not isinstance(found, Captured | Authorized):
            return events
        return [*events, *_compared(after(facts, events), key, found, before, now)]
    if not attempt.is_open:
        return []
    late = asked_at > _late_until(attempt, capabilities, rules)
    # What is not known to be unknown is in flight: its owner waits, and hears before anybody here.
    if capabilities.absence_final and attempt.unknown and late:
        return [_not_charged(key, "absent", "absence", now)]
    if attempt.looked_up == "absent":
        return []
    return [LookUpAnswered(key=key, answer="absent", at=now)]


def _compared(
    facts: Facts, key: UUID, found: Captured | Authorized, before: Facts, now: datetime
) -> list[PaymentEvent]:
    """With what stands by our own record."""
    hold = standing_charge(facts, key)
    if hold is None:
        return []
    sums = found.sums or _sums_of(facts, hold, found)
    if sums is None:
        return []
    return record_sums(facts, hold, sums, before=before, source="look_up", now=now)


def _sums_of(facts: Facts, hold: Hold, found: Captured | Authorized) -> Sums | None:
    """Of a gateway that tells no sums: what was only held, and of which nothing moved, is said to
    be captured."""
    untouched = facts.by_means(hold, "capture").is_zero
    untouched = untouched and facts.by_means(hold, "void", settled=True).is_zero
    if hold.captured_at_once or isinstance(found, Authorized) or not untouched:
        return None
    taken, held = found.amount, hold.amount.amount
    return Sums(authorized=held, captured=taken.amount, refunded=0, currency=taken.currency)


def record_canceled_by_key(
    facts: Facts, key: UUID, answer: CancelAnswer, *, now: datetime
) -> list[PaymentEvent]:
    """[] when it tells nothing new. Raises AnswerDoesNotFit."""
    if not isinstance(answer, Blocked):
        return record_answer(facts, key, answer, evidence="cancel_by_key", now=now)
    if not facts.attempts[key].is_open:
        return []
    return [_not_charged(key, "canceled_by_key", "cancel_by_key", now)]


def _late_until(attempt: Attempt, capabilities: Capabilities, rules: Rules) -> datetime:
    """When all the lateness of the last send has passed, by any process's clock. Who took it over
    may have done so too early, by a clock that is far ahead: then it begins by that clock."""
    sent_by = max(attempt.send_before, attempt.taken_over_at or attempt.send_before)
    return sent_by + timedelta(seconds=capabilities.lateness_s) + rules.clock_skew


def _not_charged(key: UUID, code: str, evidence: Evidence, now: datetime) -> AttemptFailed:
    return failure(key, NotProcessed(code=code, transient=True), evidence, now)
