"""A look because of a hint says whether every gateway was heard: only who hinted can come again."""

from __future__ import annotations

from uuid import UUID

import pytest

from application.notices.receive import Received
from application.recovery.carry_on import LOOK_UPS_PER_HINT_MAX
from domain.gateway.answers import Done
from domain.money import Money
from tests.payments.remote import BROKEN, CHARGED_SILENTLY, LOST, OK, says
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


async def test_a_gateway_that_is_down_does_not_keep_another_ones_notice_away(world: World) -> None:
    """Beta refused and hangs now; alpha tells of its charge."""
    world.given(alpha=[CHARGED_SILENTLY])
    paid = await world.create()
    payment = paid.payment
    world.beta.is_deaf = True
    begun = world.now_s

    assert await world.api.core.carrying.look_now(payment, gateway="alpha") is True
    assert world.now_s - begun < 1.0
    assert (await world.view(payment))["status"] == "succeeded"


async def test_money_that_the_look_up_does_not_know_yet_is_asked_for_again(world: World) -> None:
    """What a gateway looks up lags behind what it tells."""
    world.given(alpha=[BROKEN], beta=[OK])
    paid = await world.create()
    key, carrying = world.alpha.sent[0].key, world.api.core.carrying

    assert await carrying.look_now(paid.payment, gateway="alpha", claimed=key) is False
    assert await carrying.look_now(paid.payment, gateway="alpha") is True
    world.alpha.book(key, world.captured())
    assert await carrying.look_now(paid.payment, gateway="alpha", claimed=key) is True
    assert any("LateSuccessObserved" in line for line in await world.story(paid.payment))
    assert await carrying.look_now(paid.payment, gateway="alpha", claimed=key) is True


async def test_a_claim_that_the_answer_does_not_fit_is_not_settled(world: World) -> None:
    world.given(alpha=[BROKEN], beta=[OK])
    paid = await world.create()
    key, carrying = world.alpha.sent[0].key, world.api.core.carrying
    world.alpha.book(key, Done("op_1", Money(1000, "EUR")))

    assert await carrying.look_now(paid.payment, gateway="alpha", claimed=key) is False


async def test_what_a_gateway_claims_that_cannot_be_looked_up_is_not_asked_for_again(
    world: World,
) -> None:
    world.alpha.can(look_up=False)
    payment = await failed_over_though_charged(world)
    key = world.alpha.sent[0].key

    assert await world.api.core.carrying.look_now(payment, gateway="alpha", claimed=key) is True


def notice(payment: UUID | None) -> Received:
    return Received(gateway="alpha", payment=payment, money_under=None, is_repeat=False)


async def test_a_notice_leads_to_a_look_at_its_gateway(world: World) -> None:
    payment = await failed_over_though_charged(world)
    world.alpha.is_deaf = True

    assert await world.api.core.hints.follow(notice(payment)) is False
    world.alpha.is_deaf = False
    assert await world.api.core.hints.follow(notice(payment)) is True
    assert any("LateSuccessObserved" in line for line in await world.story(payment))


async def test_a_notice_of_no_payment_of_ours_need_not_come_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    assert await world.api.core.hints.follow(notice(None)) is True
    assert await world.api.core.hints.follow(notice(UUID(int=7))) is True
    assert f"payment {UUID(int=7)}, which is not here" in caplog.text


async def test_one_notice_costs_a_bounded_number_of_look_ups_beside_each_other(
    world: World,
) -> None:
    """One after the other, 500 refunds that had been refused took an hour and more at a gateway
    that was slow to answer. The claimed one comes first, however old it is."""
    paid = await world.create()
    world.alpha.script(then=says(BROKEN))
    for number in range(3 * LOOK_UPS_PER_HINT_MAX):
        await world.refund(paid.payment, 10, key=f"r{number}")
    refused = [one.key for one in world.alpha.sent if one.kind == "refund"]
    world.alpha.look_up_takes_s = 5.0
    began_s = world.now_s

    heard = await world.api.core.carrying.look_now(
        paid.payment, gateway="alpha", claimed=refused[0]
    )

    assert heard is False  # it knows nothing of the money that was claimed
    assert world.now_s - began_s == 5.0
    assert len(world.alpha.heard_of("look_up")) == LOOK_UPS_PER_HINT_MAX
    assert world.alpha.looked_up[0] == refused[0]
    newest = refused[-1:-LOOK_UPS_PER_HINT_MAX:-1]
    assert world.alpha.looked_up[1:] == newest


async def test_what_is_open_is_looked_up_before_what_is_settled(world: World) -> None:
    paid = await world.create()
    world.alpha.script(LOST, then=says(BROKEN))
    for number in range(LOOK_UPS_PER_HINT_MAX + 5):
        await world.refund(paid.payment, 10, key=f"r{number}")
    (first, *_) = [one.key for one in world.alpha.sent if one.kind == "refund"]

    await world.api.core.carrying.look_now(paid.payment, gateway="alpha")

    assert world.alpha.looked_up[0] == first
    assert len(world.alpha.looked_up) == LOOK_UPS_PER_HINT_MAX


async def test_several_that_turn_out_done_are_all_put_on_record(world: World) -> None:
    """What one look-up put on record does not keep another from it."""
    paid = await world.create()
    world.alpha.script(then=CHARGED_SILENTLY)
    for number in range(4):
        await world.refund(paid.payment, 10, key=f"r{number}")

    assert await world.api.core.carrying.look_now(paid.payment, gateway="alpha") is True

    assert (await world.view(paid.payment))["amount_refunded"] == 40
