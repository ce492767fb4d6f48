"""The edges of charging: the last second, a gateway or a clock that goes meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from domain.gateway.answers import NotProcessed
from domain.payment.events import PaymentInitiated, RouteDecided
from tests.payments.remote import BROKEN, BUSY, Turn, says
from tests.payments.world import World, body_of


def throttled(wished_s: float) -> NotProcessed:
    return NotProcessed(code="throttled", retry_after_s=wished_s)


async def test_a_try_starts_with_exactly_a_second_left(world: World) -> None:
    world.given(alpha=[says(BUSY, after_s=8.0)])

    answer = await world.create()

    assert (answer.status, len(world.beta.sent)) == (201, 1)


async def test_a_pause_may_last_until_exactly_a_second_is_left(world: World) -> None:
    world.given(alpha=[says(throttled(3.0), after_s=1.0)], beta=[says(BROKEN, after_s=4.0)])

    answer = await world.create()

    assert (answer.status, [one.at_s for one in world.alpha.sent]) == (201, [0, 8])


async def test_a_gateway_that_is_gone_when_its_turn_comes_ends_the_asking(world: World) -> None:
    world.given(alpha=[says(BUSY, after_s=1.0)])
    creating = world.in_background(world.create())
    await world.passes(0.5)
    world.api.network.lose("beta")

    answer = await creating

    assert (answer.status, answer.final) == (402, True)
    assert (body_of(answer)["code"], body_of(answer)["retry_with_new_key"]) == (
        "no_gateway_available",
        True,
    )


async def test_a_payment_that_runs_out_of_time_in_a_pause_is_ended(world: World) -> None:
    """The wall clock jumped: by it, the payment had a minute and has it no longer."""
    world.given(alpha=[throttled(3.0)], beta=[BROKEN])
    creating = world.in_background(world.create())
    await world.passes(1)
    world.api.surroundings.skew_s = 120.0

    answer = await creating

    assert (answer.status, body_of(answer)["code"]) == (402, "not_completed_in_time")
    assert len(world.alpha.sent) == 1


async def test_what_a_lost_gateway_is_owed_holds_up_no_other_compensation(world: World) -> None:
    """Both charged although alpha had refused and beta was settled as absent."""
    world.alpha.look_up_takes_s = 1.0
    world.beta.can(absence_final=True, lateness_s=1.0)
    world.given(alpha=[BROKEN], beta=[Turn(after_s=25.0, takes_effect=False)])
    answer = await world.create()
    await world.recover(for_s=10)
    assert (await world.view(answer.payment))["status"] == "failed"
    world.alpha.book(world.alpha.sent[0].key, world.captured())
    looking = asyncio.create_task(world.api.core.carrying.look_now(answer.payment))
    await world.passes(0.5)
    world.api.network.lose("alpha")
    await looking

    await world.passes(10)

    assert (await world.story(answer.payment))[-4:] == [
        "LateSuccessObserved (look_up)",
        "LateSuccessObserved (late_answer)",
        "CompensationStarted 1 at beta",
        "CompensationSucceeded (answer)",
    ]


async def test_what_a_command_says_nothing_of_is_recorded_as_such(world: World) -> None:
    paid = await world.create()

    initiated, routed = (await world.facts(paid.payment))[:2]

    assert isinstance(initiated, PaymentInitiated)
    assert (initiated.merchant_initiated, initiated.customer) == (False, None)
    assert isinstance(routed, RouteDecided)
    assert (routed.order, routed.seed) == (("alpha", "beta"), 0)


@pytest.mark.parametrize(("manual", "gateway"), [(True, "beta"), (False, "alpha")])
async def test_a_gateway_that_cannot_hold_is_asked_where_nothing_is_to_be_held(
    world: World, manual: bool, gateway: str
) -> None:
    world.alpha.can(manual_capture=False)

    answer = await world.create(manual=manual)

    assert (await world.story(answer.payment))[0] == f"AttemptStarted 1 at {gateway}"


@pytest.mark.parametrize(("at_s", "first"), [(299, "beta"), (300, "alpha")])
async def test_a_fault_counts_for_five_minutes(world: World, at_s: float, first: str) -> None:
    world.alpha.script(then=says(BROKEN))
    for number in range(10):
        await world.create(f"k{number}")
    await world.until(world.moment(at_s))

    answer = await world.create("the last one")

    assert (await world.story(answer.payment))[0] == f"AttemptStarted 1 at {first}"
