"""A look because of a hint says whether every gateway was heard: only who hinted can come again."""

from __future__ import annotations

from uuid import UUID

from tests.payments.remote import BROKEN, CHARGED_SILENTLY, OK
from tests.payments.world import World


async def failed_over_though_charged(world: World) -> UUID:
    """Alpha says that it did nothing, and then it did; beta charges."""
    world.given(alpha=[BROKEN], beta=[OK])
    paid = await world.create()
    world.alpha.book(world.alpha.sent[0].key, world.captured())
    return paid.payment


async def test_what_a_gateway_knows_after_all_is_heard(world: World) -> None:
    payment = await failed_over_though_charged(world)

    assert await world.api.core.carrying.look_now(payment) is True
    assert any("LateSuccessObserved" in line for line in await world.story(payment))
    assert await world.api.core.carrying.look_now(payment) is True


async def test_a_gateway_that_does_not_answer_was_not_heard(world: World) -> None:
    payment = await failed_over_though_charged(world)
    world.alpha.is_deaf = True

    assert await world.api.core.carrying.look_now(payment) is False
    world.alpha.is_deaf = False
    assert await world.api.core.carrying.look_now(payment) is True
    assert any("LateSuccessObserved" in line for line in await world.story(payment))


async def test_a_gateway_that_is_gone_was_not_heard(world: World) -> None:
    payment = await failed_over_though_charged(world)
    world.api.network.lose("alpha")

    assert await world.api.core.carrying.look_now(payment) is False


async def test_a_gateway_that_cannot_be_looked_up_has_nothing_to_say(world: World) -> None:
    world.alpha.can(look_up=False)
    payment = await failed_over_though_charged(world)

    assert await world.api.core.carrying.look_now(payment) is True


async def test_what_is_silent_is_looked_at_beside_what_answers(world: World) -> None:
    world.given(alpha=[BROKEN], beta=[CHARGED_SILENTLY])
    paid = await world.create()
    world.alpha.is_deaf = True

    assert await world.api.core.carrying.look_now(paid.payment) is False
    assert (await world.view(paid.payment))["status"] == "succeeded"
