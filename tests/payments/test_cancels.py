"""Canceling: a void of what is held, a wish while the charge is open, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.gateway.answers import Done, Pending
from domain.money import Money
from tests.payments.remote import (
    BROKEN,
    BUSY,
    CHARGED_SILENTLY,
    DO_NOT_HONOR,
    LOST,
    Turn,
    says,
)
from tests.payments.world import RULES, World, body_of

DAY_S = 24 * 3600.0


async def test_what_is_held_is_released(world: World) -> None:
    held = await world.create(manual=True)

    cancel = await world.cancel(held.payment)

    assert (cancel.status, body_of(cancel)["status"]) == (200, "canceled")
    assert (await world.story(held.payment))[2:] == [
        "CancelRequested",
        "VoidStarted 1 at alpha",
        "VoidSucceeded (answer)",
        "PaymentCanceled",
    ]


async def test_after_a_partial_capture_the_rest_is_released(world: World) -> None:
    held = await world.create(manual=True)
    await world.capture(held.payment, 300)

    cancel = await world.cancel(held.payment)

    assert (cancel.status, body_of(cancel)["status"]) == (200, "partially_captured")
    assert body_of(cancel)["amount_capturable"] == 0
    assert world.alpha.sent[-1].amount == 700


async def test_what_was_captured_cannot_be_canceled(world: World) -> None:
    paid = await world.create()

    cancel = await world.cancel(paid.payment)

    assert (cancel.status, body_of(cancel)["code"]) == (409, "not_cancelable")


async def test_a_refused_void_leaves_what_is_held_and_may_be_asked_for_again(
    world: World,
) -> None:
    world.given(alpha=[says(), BROKEN])
    held = await world.create(manual=True)

    refused = await world.cancel(held.payment, key="x1")
    again = await world.cancel(held.payment, key="x2")

    assert (refused.status, body_of(refused)["code"]) == (402, "cancel_failed")
    assert (again.status, body_of(again)["status"]) == (200, "canceled")


async def test_canceling_while_the_charge_is_in_flight_takes_effect_when_it_succeeds(
    world: World,
) -> None:
    world.given(alpha=[says(after_s=5.0)])
    creating = world.in_background(world.create())
    await world.passes(1)
    (payment,) = await world.payments()

    cancel = await world.cancel(payment)
    created = await creating

    assert (cancel.status, body_of(cancel)["status"]) == (202, "processing")
    assert created.status == 202
    assert (await world.story(payment))[1:] == [
        "CancelRequested",
        "AttemptSucceeded (answer)",
        "CompensationStarted 1 at alpha",
        "CompensationSucceeded (answer)",
        "PaymentCanceled",
    ]
    assert [one.kind for one in world.alpha.sent] == ["charge", "refund"]


async def test_what_was_only_held_is_given_back_by_a_void(world: World) -> None:
    world.given(alpha=[says(after_s=5.0)])
    creating = world.in_background(world.create(manual=True))
    await world.passes(1)
    (payment,) = await world.payments()
    await world.cancel(payment)

    await creating

    assert [one.kind for one in world.alpha.sent] == ["charge", "void"]
    assert (await world.view(payment))["status"] == "canceled"


@pytest.mark.parametrize("no", [BUSY, DO_NOT_HONOR])
async def test_canceling_in_flight_ends_the_payment_when_it_is_refused(
    world: World, no: object
) -> None:
    world.given(alpha=[says(no, after_s=5.0)])  # type: ignore[arg-type]
    creating = world.in_background(world.create())
    await world.passes(1)
    (payment,) = await world.payments()
    await world.cancel(payment)

    await creating

    assert (await world.view(payment))["status"] == "canceled"
    assert world.beta.sent == []


async def test_a_second_cancellation_is_refused_while_the_first_waits(world: World) -> None:
    world.given(alpha=[LOST])
    unknown = await world.create()
    await world.cancel(unknown.payment, key="x1")

    second = await world.cancel(unknown.payment, key="x2")

    assert (second.status, body_of(second)["code"]) == (409, "not_cancelable")


async def test_a_payment_that_nobody_wants_takes_no_refund_and_no_capture(world: World) -> None:
    """What stands is being given back as a whole already."""
    world.given(alpha=[says(after_s=5.0), LOST])
    creating = world.in_background(world.create())
    await world.passes(1)
    (payment,) = await world.payments()
    await world.cancel(payment)
    await creating

    refund = await world.refund(payment, 100)

    assert (refund.status, body_of(refund)["code"]) == (409, "not_refundable")


async def test_an_unknown_void_is_settled_by_recovery(world: World) -> None:
    world.given(alpha=[says(), CHARGED_SILENTLY])
    held = await world.create(manual=True)
    cancel = await world.cancel(held.payment)

    await world.recover(for_s=30)

    assert cancel.status == 202
    assert (await world.view(held.payment))["status"] == "canceled"


async def test_a_canceled_pending_charge_is_given_back_when_it_succeeds(world: World) -> None:
    world.given(alpha=[Pending("ch_1")])
    pending = await world.create()
    cancel = await world.cancel(pending.payment)
    world.alpha.book(world.alpha.sent[0].key, world.captured())

    await world.recover(for_s=60)

    assert cancel.status == 202
    assert (await world.story(pending.payment))[-1] == "PaymentCanceled"


async def test_a_compensation_is_never_given_up(world: World) -> None:
    world.given(alpha=[says(after_s=5.0), *[BROKEN] * 8])
    creating = world.in_background(world.create())
    await world.passes(1)
    (payment,) = await world.payments()
    await world.cancel(payment)
    await creating

    await world.recover(for_s=DAY_S)

    assert (await world.view(payment))["status"] == "canceled"
    assert len({one.key for one in world.alpha.sent if one.kind == "refund"}) == 9


async def test_a_release_that_is_refused_for_long_goes_on_under_review(world: World) -> None:
    world.api = world.start("api-2", rules=replace(RULES, review_after=timedelta(hours=6)))
    world.alpha.can(authorization_lifetime_s=3600.0)
    held = await world.create(manual=True)
    world.alpha.script(*[Turn(answer=BROKEN, takes_effect=False)] * 20)

    await world.recover(for_s=8 * 3600)

    view = await world.view(held.payment)
    assert (view["status"], view["needs_review"]) == ("requires_capture", True)
    assert sum(one.startswith("ReviewRequested") for one in await world.story(held.payment)) == 1

    await world.recover(for_s=10 * DAY_S)

    view = await world.view(held.payment)
    assert (view["status"], view["needs_review"]) == ("expired", False)


async def test_a_void_of_less_than_was_asked_can_be_asked_for_again(world: World) -> None:
    world.given(alpha=[says(), Done("vo_1", Money(400, "EUR"))])
    held = await world.create(manual=True)

    first = await world.cancel(held.payment, key="x1")
    second = await world.cancel(held.payment, key="x2")

    assert (first.status, body_of(first)["amount_capturable"]) == (200, 600)
    assert (body_of(first)["status"], first.final) == ("requires_capture", True)
    assert (second.status, body_of(second)["status"]) == (200, "canceled")
    assert world.alpha.sent[-1].amount == 600
