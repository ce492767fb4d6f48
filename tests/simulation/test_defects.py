"""What the simulation found in the product, each held by the smallest test that showed it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from domain.gateway.capabilities import Capabilities
from domain.payment.decisions.due import due_at
from domain.payment.decisions.settle import may_repeat
from domain.payment.events import AttemptTakenOver, PaymentEvent
from domain.payment.evolve import fold
from domain.payment.rules import Rules
from domain.payment.state import New
from tests.domain.facts import asked, initiated, key, silent
from tests.simulation.calls import Call
from tests.simulation.small_world import MERCHANT, SmallWorld
from tests.support.offers import offering


def test_take_overs_become_rarer() -> None:
    """Two workers that could prove nothing took a try from each other every few seconds, for as
    long as nobody reviewed it: the pause began anew with every take-over."""
    facts: list[PaymentEvent] = [initiated(), asked(), silent()]
    pauses = []
    for number in range(14):
        due = _due(facts)
        facts.append(AttemptTakenOver(key=key(), owner=f"worker-{number % 2}", at=due))
        pauses.append((_due(facts) - due).total_seconds())
    assert all(later >= earlier for earlier, later in pairwise(pauses))
    assert (pauses[0], pauses[-1]) == (5.0, 3_600.0)


def test_no_repeat_that_could_arrive_after_its_key_was_forgotten() -> None:
    """A repeat within half the key's lifetime could be late by more than the other half, and was
    a second charge."""
    payment = fold([initiated(), asked(), silent()])
    assert not isinstance(payment, New)
    attempt = payment.facts.attempts[key()]
    gateway = offering(key_lifetime_s=90.0, lateness_s=60.0)
    asked_at = attempt.started.at

    def may(after_s: float, capabilities: Capabilities) -> bool:
        now = asked_at + timedelta(seconds=after_s)
        return may_repeat(payment.facts, attempt, capabilities, owner=attempt.owner, now=now)

    assert may(19.0, gateway)
    assert not may(21.0, gateway)
    assert may(44.0, replace(gateway, lateness_s=5.0))
    assert not may(0.0, replace(gateway, lateness_s=90.0))


def test_a_former_owner_cancels_nothing() -> None:
    """It looked up for so long that another worker took over meanwhile; having nothing to append,
    it did not notice, and sent a cancellation."""
    small = SmallWorld()
    api, first, second = (small.process(f"api{number}") for number in range(3))
    create = Call(
        merchant=MERCHANT, verb="create", key="order",
        body={"amount": 500, "currency": "EUR", "capture_method": "automatic"},
    )  # fmt: skip
    payment = create.envelope.id
    small.faults.rates["request_lost"] = 1.0
    assert small.ask(api, create).status == 202
    cancel = Call(merchant=MERCHANT, verb="cancel", payment=payment, key="cancel", body={})
    assert small.ask(api, cancel).status == 202
    assert first.core is not None
    assert second.core is not None
    small.wait(60.0)
    small.finish(first, first.core.carrying.carry_on(payment))
    small.wait(60.0)
    assert first.life is not None
    looking = first.life.spawn(first.core.carrying.carry_on(payment))
    small.wait(0.01)
    small.faults.rates["look_up_fails"] = 1.0  # the second one does not look for long
    small.finish(second, second.core.carrying.carry_on(payment))
    while not looking.ended:
        small.wait(1.0)

    taken = [one for one in small.world.log.events if one.type == "AttemptTakenOver"]
    owners = [json.loads(one.data)["owner"] for one in taken]
    assert owners == [one["owner"] for one in small.sent("cancel")]
    assert len(owners) > 1


def _due(facts: list[PaymentEvent]) -> datetime:
    payment = fold(facts)
    assert not isinstance(payment, New)
    due = due_at(payment, rules=Rules(), authorization_lifetime_s=None)
    assert due is not None
    return due
