"""A gateway is asked only for what it declares that it offers."""

from __future__ import annotations

from tests.payments.remote import BUSY, CHARGED_SILENTLY
from tests.payments.world import World, body_of


async def test_a_gateway_that_takes_no_refunds_is_never_asked_for_one(world: World) -> None:
    world.alpha.can(refunds=False)
    paid = await world.create()

    refused = await world.refund(paid.payment, 300)
    world.alpha.can(refunds=True)
    repeated = await world.refund(paid.payment, 300)
    other = await world.refund(paid.payment, 300, key="r2")

    assert (refused.status, body_of(refused)["code"]) == (409, "refunds_not_offered")
    assert (repeated.body, repeated.replayed) == (refused.body, True)
    assert other.status == 201
    assert [one.kind for one in world.alpha.sent] == ["charge", "refund"]


async def test_what_must_be_given_back_where_refunds_are_not_taken_is_a_persons(
    world: World,
) -> None:
    """Asked for for ever, refused for ever; or sent all the same."""
    world.alpha.can(refunds=False)
    world.given(alpha=[CHARGED_SILENTLY])
    unknown = await world.create()
    await world.cancel(unknown.payment)

    await world.recover(for_s=5 * 24 * 3600)

    story = await world.story(unknown.payment)
    assert story[-2:] == ["AttemptSucceeded (look_up)", "ReviewRequested: refunds_not_offered"]
    view = await world.view(unknown.payment)
    assert (view["status"], view["needs_review"]) == ("processing", True)
    assert [one.kind for one in world.alpha.sent] == ["charge"]


async def test_it_is_given_back_within_a_day_of_the_gateway_taking_refunds(world: World) -> None:
    world.alpha.can(refunds=False)
    world.given(alpha=[CHARGED_SILENTLY])
    unknown = await world.create()
    await world.cancel(unknown.payment)
    await world.recover(for_s=60)

    world.alpha.can(refunds=True)
    await world.recover(for_s=25 * 3_600)

    assert (await world.story(unknown.payment))[-3:] == [
        "CompensationStarted 1 at alpha",
        "CompensationSucceeded (answer)",
        "PaymentCanceled",
    ]
    view = await world.view(unknown.payment)
    assert (view["status"], view["needs_review"]) == ("canceled", False)


async def test_what_is_only_held_is_released_without_refunds(world: World) -> None:
    world.alpha.can(refunds=False)
    world.given(alpha=[CHARGED_SILENTLY])
    unknown = await world.create(manual=True)
    await world.cancel(unknown.payment)

    await world.recover(for_s=60)

    assert [one.kind for one in world.alpha.sent] == ["charge", "void"]
    assert (await world.view(unknown.payment))["status"] == "canceled"


async def test_a_compensation_is_not_tried_again_where_refunds_are_not_taken_any_more(
    world: World,
) -> None:
    world.given(alpha=[CHARGED_SILENTLY, BUSY, BUSY, BUSY])
    unknown = await world.create()
    await world.cancel(unknown.payment)
    await world.recover(for_s=5)
    asked = len(world.alpha.sent)
    assert world.alpha.sent[-1].kind == "refund"

    world.alpha.can(refunds=False)
    await world.recover(for_s=5 * 24 * 3600)

    assert len(world.alpha.sent) == asked
    assert (await world.story(unknown.payment))[-1] == "ReviewRequested: refused_too_long"
