"""What a capture leaves of a hold: view, commands and expiry follow the terms on record."""

from __future__ import annotations

from typing import Any

import pytest

from domain.installation.formats import FIRST
from domain.payment.events import AttemptStarted, CaptureTerms
from tests.payments.remote import BROKEN, says
from tests.payments.world import World, body_of

HOUR_S = 3600.0
ONE_AND_KEPT = {"several_captures": False, "remainder": "kept"}
ONE_AND_RELEASED = {"several_captures": False, "remainder": "released"}


async def captured_in_part(world: World, **terms: Any) -> Any:
    """EUR 3.00 of the EUR 10.00 that are held for an hour."""
    world.alpha.can(authorization_lifetime_s=HOUR_S, **terms)
    held = await world.create(manual=True)
    first = await world.capture(held.payment, 300, key="c1")
    assert first.status == 200
    return held.payment


async def test_the_terms_are_those_of_the_entry_that_was_asked(world: World) -> None:
    world.alpha.can(**ONE_AND_RELEASED)
    held = await world.create(manual=True)
    world.alpha.can(several_captures=True, remainder="kept")

    (asked,) = [one for one in await world.facts(held.payment) if isinstance(one, AttemptStarted)]
    await world.capture(held.payment, 300, key="c1")
    second = await world.capture(held.payment, 300, key="c2")

    assert asked.captures == CaptureTerms(several=False, remainder="released")
    assert (second.status, body_of(second)["code"]) == (409, "not_capturable")


@pytest.mark.parametrize("terms", [ONE_AND_KEPT, ONE_AND_RELEASED])
async def test_no_rest_is_offered_that_every_command_refuses(
    world: World, terms: dict[str, Any]
) -> None:
    payment = await captured_in_part(world, **terms)

    view = await world.view(payment)
    second = await world.capture(payment, key="c2")

    assert (view["status"], view["amount_capturable"]) == ("partially_captured", 0)
    assert (second.status, body_of(second)["code"]) == (409, "not_capturable")


async def test_a_capture_that_came_to_nothing_leaves_all_of_it(world: World) -> None:
    world.alpha.can(**ONE_AND_RELEASED)
    world.given(alpha=[says(), BROKEN])
    held = await world.create(manual=True)
    assert (await world.capture(held.payment, 300, key="c1")).status == 402

    assert (await world.view(held.payment))["amount_capturable"] == 1000
    assert (await world.capture(held.payment, 300, key="c2")).status == 200


async def test_what_the_gateway_keeps_is_voided_when_the_merchant_cancels(world: World) -> None:
    payment = await captured_in_part(world, **ONE_AND_KEPT)

    assert (await world.cancel(payment)).status == 200

    assert (world.alpha.sent[-1].kind, world.alpha.sent[-1].amount) == ("void", 700)


async def test_what_the_gateway_keeps_is_voided_when_the_hold_runs_out(world: World) -> None:
    payment = await captured_in_part(world, **ONE_AND_KEPT)

    await world.recover(for_s=2 * HOUR_S)

    assert (world.alpha.sent[-1].kind, world.alpha.sent[-1].amount) == ("void", 700)
    assert (await world.view(payment))["status"] == "partially_captured"
    assert await world.work.next_at() is None


async def test_nothing_is_released_that_the_gateway_let_go_of(world: World) -> None:
    payment = await captured_in_part(world, **ONE_AND_RELEASED)

    cancel = await world.cancel(payment)
    await world.recover(for_s=60 * 24 * HOUR_S)

    assert (cancel.status, body_of(cancel)["code"]) == (409, "not_cancelable")
    assert [one.kind for one in world.alpha.sent] == ["charge", "capture"]
    assert await world.work.next_at() is None


async def test_before_the_format_is_raised_the_terms_are_what_is_configured(world: World) -> None:
    world.in_format(FIRST)
    payment = await captured_in_part(world, **ONE_AND_KEPT)

    second = await world.capture(payment, key="c2")

    asked = [one for one in await world.facts(payment) if isinstance(one, AttemptStarted)]
    assert [one.captures for one in asked] == [None]
    assert (second.status, body_of(second)["code"]) == (409, "not_capturable")


async def test_where_nothing_is_left_it_is_said_so(world: World) -> None:
    paid = await world.create()
    await world.refund(paid.payment)

    again = await world.refund(paid.payment, 100, key="r2")

    assert body_of(again)["detail"] == "nothing is left to be refunded"
