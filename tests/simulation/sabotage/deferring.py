"""Bugs of what goes on in the background: forgotten there, or told otherwise later."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.changed import replace
from domain.payment import events as e
from domain.payment.attempt import Operation
from domain.payment.bookkeeping.common import attempt_of, with_operation
from domain.payment.decisions import closing, due
from domain.payment.rules import Rules
from domain.payment.state import Facts, Known
from tests.simulation.sabotage.planting import plants

BUSY = {"gateway_refuses": 0.6, "answer_lost": 0.0, "request_lost": 0.0}

_operations_between_tries = closing.operations_between_tries
_next_try_at = due.next_try_at


@plants(
    "domain.payment.decisions.closing:operations_between_tries",
    "accepted_is_finished",
    weather=BUSY,
)
def deferred_and_forgotten(facts: Facts) -> list[Operation]:
    """Answers 202 for what goes on in the background, where nobody goes on with it."""
    return [one for one in _operations_between_tries(facts) if one.deferred is None]


@plants("domain.payment.bookkeeping.operations:deferred", "same_key_same_answer", weather=BUSY)
def deferral_concludes_nothing(facts: Facts, event: e.FollowUpDeferred) -> Facts:
    """Keeps the command open until its operation ends: its repeats hear something else."""
    operation = facts.operations[attempt_of(facts, event.key).started.operation]
    return with_operation(replace(facts), operation, deferred=event)


@plants(
    "domain.payment.decisions.due:next_try_at", "duties_have_an_end", weather={"voids_refused": 1.0}
)
def a_void_an_hour_for_ever(facts: Facts, operation: Operation, rules: Rules) -> datetime:
    """Goes on as before when a person was asked, and never stops."""
    return _next_try_at(facts, replace(operation, reviewed_at=None), rules)


@plants("application.recovery.reminding:remind", "duties_have_an_end")
def nobody_is_reminded(before: Known, payment: Known, pause: timedelta, rules: Rules) -> None:
    """Asks a person once, in a list that nobody reads."""
