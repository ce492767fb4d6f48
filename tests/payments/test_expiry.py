"""What is held and not captured in time is released, wherever it is held."""

from __future__ import annotations

from domain.gateway.answers import Lapsed
from tests.payments.remote import LOST, Turn
from tests.payments.world import World

DAY_S = 24 * 3600.0


async def test_what_nobody_captured_in_time_is_released_and_expires(world: World) -> None:
    world.alpha.can(authorization_lifetime_s=DAY_S)
    held = await world.create(manual=True)

    await world.recover(for_s=DAY_S - 60)
    assert (await world.view(held.payment))["status"] == "requires_capture"
    await world.recover(for_s=120)

    assert (await world.story(held.payment))[2:] == [
        "VoidStarted 1 at alpha",
        "VoidSucceeded (answer)",
        "PaymentExpired",
    ]


async def test_what_is_held_at_a_retired_gateway_expires_all_the_same(world: World) -> None:
    world.alpha.can(authorization_lifetime_s=DAY_S)
    held = await world.create(manual=True)
    world.api.network.retire("alpha")

    await world.recover(for_s=DAY_S + 60)

    assert (await world.view(held.payment))["status"] == "expired"


async def test_what_is_held_at_a_gateway_that_is_gone_stays_on_the_work_list(world: World) -> None:
    """Something was put on record meanwhile, and with it the time from which to take it up."""
    world.alpha.can(authorization_lifetime_s=DAY_S)
    held = await world.create(manual=True)
    world.api.network.lose("alpha")
    assert (await world.refund(held.payment)).status == 409

    assert await world.work.next_at() is not None
    await world.recover(for_s=8 * DAY_S)
    assert (await world.view(held.payment))["status"] == "requires_capture"
    await world.recover(by=world.start("worker-with-credentials"), for_s=DAY_S)

    assert (await world.view(held.payment))["status"] == "expired"


async def test_nothing_expires_while_an_operation_is_open(world: World) -> None:
    world.alpha.can(authorization_lifetime_s=3600.0, look_up=False, key_lifetime_s=0.0)
    held = await world.create(manual=True)
    await world.passes(3000)
    world.given(alpha=[LOST])
    await world.capture(held.payment, 300)

    await world.recover(for_s=DAY_S)

    assert (await world.view(held.payment))["status"] == "requires_capture"
    assert [one.kind for one in world.alpha.sent] == ["charge", "capture"]


async def test_the_rest_of_a_partial_capture_is_released_in_time(world: World) -> None:
    world.alpha.can(authorization_lifetime_s=DAY_S)
    held = await world.create(manual=True)
    await world.capture(held.payment, 300)

    await world.recover(for_s=DAY_S + 60)

    view = await world.view(held.payment)
    assert (view["status"], view["amount_capturable"]) == ("partially_captured", 0)
    assert world.alpha.sent[-1].amount == 700


async def test_an_expiry_whose_void_is_unreachable_is_tried_again_and_again(world: World) -> None:
    world.alpha.can(authorization_lifetime_s=3600.0)
    held = await world.create(manual=True)
    world.alpha.script(*[Turn(reachable=False)] * 6)

    await world.recover(for_s=DAY_S)

    assert (await world.view(held.payment))["status"] == "expired"


async def test_a_hold_that_the_gateway_let_go_expires(world: World) -> None:
    world.alpha.can(authorization_lifetime_s=3600.0)
    held = await world.create(manual=True)
    world.given(alpha=[Turn(answer=Lapsed(), takes_effect=False)])

    await world.recover(for_s=DAY_S)

    assert (await world.story(held.payment))[2:] == [
        "VoidStarted 1 at alpha",
        "VoidSucceeded (answer)",
        "PaymentExpired",
    ]
