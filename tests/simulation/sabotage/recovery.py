"""Bugs of taking over and carrying on: too early, without its record, or never."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from application.payments.log import Loaded
from application.ports.gateways import Gateway
from application.recovery.carry_on import CarryOn
from application.recovery.settle import Settling
from application.recovery.worker import RecoveryWorker
from domain.due import DueStream
from domain.gateway.capabilities import Capabilities
from domain.payment.attempt import Attempt, Operation
from domain.payment.decisions import due, settle
from domain.payment.decisions.sender import Sender
from domain.payment.events import AttemptRepeated, PaymentEvent
from domain.payment.rules import Rules
from domain.payment.state import Facts, Known
from tests.simulation.sabotage.planting import Swap, plants

_take_over = settle.take_over
_may_repeat = settle.may_repeat
_repeat = settle.repeat
_pause_of = due._pause_of
_due = RecoveryWorker.due

LATELY: timedelta = timedelta(minutes=2)


def may_repeat_by_anybody(
    facts: Facts,
    attempt: Attempt,
    capabilities: Capabilities,
    *,
    owner: str,
    now: datetime,
    asked_again: bool = False,
) -> bool:
    """Does not look who the owner is."""
    return _may_repeat(
        facts, attempt, capabilities, owner=attempt.owner, now=now, asked_again=asked_again
    )


def told_nothing(attempt: Attempt) -> bool:
    """Writes down whatever is told."""
    return False


def is_anybodys(facts: Facts, attempt: Attempt, now: datetime) -> bool:
    """Does not ask whether its client still has to repeat it."""
    return False


@plants(
    "domain.payment.decisions.settle:may_repeat",
    "first_sent_for_its_client",
    layers=(Swap("domain.payment.decisions.settle:is_the_clients", is_anybodys),),
)
def worker_sends_for_the_first_time(
    facts: Facts,
    attempt: Attempt,
    capabilities: Capabilities,
    *,
    owner: str,
    now: datetime,
    asked_again: bool = False,
) -> bool:
    """Sends what was recorded and never sent, although its client was told that nothing was."""
    return _may_repeat(facts, attempt, capabilities, owner=owner, now=now, asked_again=True)


def repeat_in_its_name(attempt: Attempt, sender: Sender) -> AttemptRepeated:
    """Records a repeat as if the owner had made it."""
    return replace(_repeat(attempt, sender), owner=attempt.owner)


@plants(
    "application.recovery.settle:Settling._take_over",
    "sent_by_owner",
    layers=(
        Swap("domain.payment.decisions.settle:may_repeat", may_repeat_by_anybody),
        Swap("domain.payment.decisions.settle:repeat", repeat_in_its_name),
    ),
)
async def take_over_without_its_record(
    self: Settling, loaded: Loaded, attempt: Attempt, _: Gateway, answer_by: float | None = None
) -> Loaded:
    """Goes on with another process's try and tells nobody."""
    return loaded


@plants("domain.payment.decisions.settle:take_over", "takeover_waits")
def take_over_without_waiting(
    attempt: Attempt, *, owner: str, now: datetime, rules: Rules, owner_is_dead: bool
) -> list[PaymentEvent]:
    """Takes whoever is slow for dead."""
    return _take_over(attempt, owner=owner, now=now, rules=rules, owner_is_dead=True)


@plants("application.recovery.worker:RecoveryWorker.due", "accepted_is_finished")
async def only_recent_payments_are_recovered(
    self: RecoveryWorker, limit: int, *, share: int | None = None
) -> list[DueStream]:
    """Scans the payments of the last minutes, as if nobody were ever down for longer."""
    after = self._desk.clock.now() - LATELY
    return [one for one in await _due(self, limit, share=share) if one.recover_after >= after]


@plants("domain.payment.decisions.closing:operations_between_tries", "accepted_is_finished")
def operations_between_tries_forgotten(facts: Facts) -> list[Operation]:
    """Thinks that whoever began a refund or capture will also end it."""
    return []


@plants("domain.payment.decisions.due:open_attempts", "accepted_is_finished")
def only_charges_are_recovered(facts: Facts) -> list[Attempt]:
    """Recovers charges, and forgets that captures, voids and refunds are lost as easily."""
    return [one for one in facts.attempts.values() if one.is_open and one.kind == "charge"]


def orphans_at_any_time(self: CarryOn, payment: Known) -> bool:
    """Also what the gateway is deciding is taken up at once from the dead."""
    return any(self._owner_is_dead(one.owner) for one in due.open_attempts(payment.facts))


@plants(
    "application.recovery.worker:RecoveryWorker.due",
    "looks_ever_more_rarely",
    layers=(Swap("application.recovery.carry_on:CarryOn._is_orphan", orphans_at_any_time),),
    weather={"gateway_pends": 1.0, "crash_any_time": 0.5, "freeze": 0.0},
)
async def what_the_dead_left_is_never_put_off(
    self: RecoveryWorker, limit: int, *, share: int | None = None
) -> list[DueStream]:
    """Takes up what a dead process left behind as often as it looks, whatever was put off."""
    rules = self._desk.rules
    later = self._desk.clock.now() + rules.send_within + rules.taken_over_after
    soon = await self._work.due(later, limit, share=share)
    return [
        one
        for one in soon
        if one.recover_after <= self._desk.clock.now()
        or (one.owner and self._owner_is_dead(one.owner))
    ]


@plants(
    "domain.payment.decisions.due:_pause_of",
    "looks_ever_more_rarely",
    layers=(Swap("domain.payment.decisions.answers:_is_told_enough", told_nothing),),
    weather={"gateway_pends": 1.0, "reference_changes": 1.0},
)
def each_fact_begins_the_pause_anew(attempt: Attempt, rules: Rules) -> timedelta | None:
    """Waits as long as after the first fact, however often the gateway says something else."""
    fresh = replace(attempt, tellings=0)
    return _pause_of(fresh, rules)
