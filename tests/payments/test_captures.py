"""Captures: within what is held, open amounts included."""

from __future__ import annotations

import asyncio

import pytest

from domain.gateway.answers import Declined, Done, NotProcessed
from domain.money import Money
from tests.payments.remote import BROKEN, BUSY, CHARGED_SILENTLY, LOST, UNREACHABLE, Turn, says
from tests.payments.world import World, body_of


async def test_all_that_is_held_is_captured(world: World) -> None:
    held = await world.create(manual=True)

    capture = await world.capture(held.payment)

    assert body_of(held)["status"] == "requires_capture"
    assert (capture.status, body_of(capture)["status"]) == (200, "succeeded")
    assert world.alpha.sent[-1].amount == 1000


async def test_a_part_is_captured_and_later_another(world: World) -> None:
    held = await world.create(manual=True)

    first = await world.capture(held.payment, 300, key="c1")
    second = await world.capture(held.payment, key="c2")

    assert (body_of(first)["status"], body_of(first)["amount_capturable"]) == (
        "partially_captured",
        700,
    )
    assert (body_of(second)["status"], body_of(second)["amount_captured"]) == ("succeeded", 1000)


async def test_a_gateway_that_takes_one_capture_is_asked_for_one(world: World) -> None:
    world.alpha.can(several_captures=False)
    held = await world.create(manual=True)
    await world.capture(held.payment, 300, key="c1")

    second = await world.capture(held.payment, 100, key="c2")

    assert (second.status, body_of(second)["code"]) == (409, "not_capturable")


async def test_more_than_is_held_is_refused(world: World) -> None:
    held = await world.create(manual=True)

    capture = await world.capture(held.payment, 1001)

    assert (capture.status, body_of(capture)["code"]) == (409, "capture_exceeds_authorized")
    assert [one.kind for one in world.alpha.sent] == ["charge"]


async def test_an_unknown_capture_counts_as_done(world: World) -> None:
    world.given(alpha=[says(), LOST])
    held = await world.create(manual=True)

    unknown = await world.capture(held.payment, 600, key="c1")
    too_much = await world.capture(held.payment, 500, key="c2")
    the_rest = await world.capture(held.payment, 400, key="c3")

    assert (unknown.status, too_much.status, the_rest.status) == (202, 409, 200)


async def test_a_capture_waits_for_the_charge(world: World) -> None:
    world.given(alpha=[LOST])
    unknown = await world.create(manual=True)

    capture = await world.capture(unknown.payment)

    assert (capture.status, body_of(capture)["code"]) == (409, "attempt_still_open")


async def test_a_passing_no_is_followed_by_another_try(world: World) -> None:
    world.given(alpha=[says(), BUSY, UNREACHABLE, says()])
    held = await world.create(manual=True)

    capture = await world.capture(held.payment)

    assert capture.status == 200
    assert [one for one in await world.story(held.payment) if "Capture" in one] == [
        "CaptureStarted 1 at alpha",
        "CaptureStarted 2 at alpha",
        "CaptureStarted 3 at alpha",
        "CaptureSucceeded (answer)",
    ]


@pytest.mark.parametrize("no", [BROKEN, Declined(code="expired_hold")], ids=lambda one: one.code)
async def test_a_lasting_no_frees_the_amount_again(
    world: World, no: NotProcessed | Declined
) -> None:
    world.given(alpha=[says(), no, says()])
    held = await world.create(manual=True)

    refused = await world.capture(held.payment, key="c1")
    again = await world.capture(held.payment, key="c2")

    assert (refused.status, body_of(refused)["code"]) == (402, "capture_failed")
    assert again.status == 200
    assert len(world.alpha.sent) == 3


async def test_a_capture_of_less_than_was_asked_is_recorded_as_such(world: World) -> None:
    world.given(alpha=[says(), Done("op_1", Money(900, "EUR"))])
    held = await world.create(manual=True)

    capture = await world.capture(held.payment)

    assert body_of(capture)["amount_captured"] == 900
    assert body_of(capture)["amount_capturable"] == 100


async def test_a_capture_of_more_than_was_asked_is_nothing_to_build_on(world: World) -> None:
    world.given(alpha=[says(), Done("op_1", Money(1001, "EUR"))])
    held = await world.create(manual=True)

    capture = await world.capture(held.payment)

    assert capture.status == 202
    assert (await world.story(held.payment))[-1].startswith("OutcomeUnknown: ")


async def test_fifty_captures_at_once_take_what_is_held_and_no_more(world: World) -> None:
    held = await world.create(manual=True)

    answers = await asyncio.gather(
        *(world.capture(held.payment, 300, key=f"c{number}") for number in range(50))
    )

    assert sorted(one.status for one in answers) == [200] * 3 + [409] * 47
    assert sum(one.amount for one in world.alpha.sent if one.kind == "capture") == 900


async def test_capture_and_void_exclude_each_other_while_one_is_open(world: World) -> None:
    world.given(alpha=[says(), LOST])
    held = await world.create(manual=True)
    await world.capture(held.payment, 100)

    cancel = await world.cancel(held.payment)

    assert (cancel.status, body_of(cancel)["code"]) == (409, "operation_still_open")


async def test_void_and_capture_exclude_each_other_while_one_is_open(world: World) -> None:
    world.given(alpha=[says(), LOST])
    held = await world.create(manual=True)
    await world.cancel(held.payment)

    capture = await world.capture(held.payment, 100)

    assert (capture.status, body_of(capture)["code"]) == (409, "operation_still_open")


async def test_capture_and_cancel_at_once_one_of_them_wins(world: World) -> None:
    held = await world.create(manual=True)

    capture, cancel = await asyncio.gather(world.capture(held.payment), world.cancel(held.payment))

    assert sorted([capture.status, cancel.status]) == [200, 409]
    assert len([one for one in world.alpha.sent if one.kind != "charge"]) == 1


async def test_an_unknown_capture_is_settled_by_recovery(world: World) -> None:
    world.given(alpha=[says(), CHARGED_SILENTLY])
    held = await world.create(manual=True)
    capture = await world.capture(held.payment)

    await world.recover(for_s=30)

    assert (capture.status, body_of(capture)["amount_captured"]) == (202, 0)
    assert (await world.view(held.payment))["amount_captured"] == 1000


async def test_a_capture_that_died_with_its_process_is_carried_to_its_end(world: World) -> None:
    world.given(alpha=[says(), Turn(stalls_s=1000.0)])
    held = await world.create(manual=True)
    await world.dies_after(1, world.capture(held.payment))

    await world.recover(by=world.start("worker-1"), for_s=60)

    assert (await world.view(held.payment))["status"] == "succeeded"


async def test_an_unknown_capture_is_repeated_long_after_complete_by(world: World) -> None:
    """complete_by is about charging; what is to be captured was agreed to."""
    world.alpha.can(look_up=False)
    held = await world.create(manual=True)
    await world.passes(3600)
    world.given(alpha=[LOST])
    await world.capture(held.payment)

    await world.recover(for_s=30)

    assert (await world.view(held.payment))["status"] == "succeeded"
