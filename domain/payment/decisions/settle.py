"""Settling an unknown: who may act on it, when, and by which means."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from domain.gateway.capabilities import Capabilities
from domain.payment.attempt import Attempt
from domain.payment.decisions.sender import Sender
from domain.payment.events import (
    AttemptRepeated,
    AttemptTakenOver,
    OutcomeUnknown,
    PaymentEvent,
    ReviewRequested,
)
from domain.payment.rules import REPEATS_PER_KEY_MAX, Rules
from domain.payment.state import Facts

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
