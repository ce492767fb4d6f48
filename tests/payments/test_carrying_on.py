"""Recovery takes a payment up: what it ends and begins, and how long it waits for an answer."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest

from domain.gateway.answers import NotProcessed
from tests.payments.remote import CHARGED_SILENTLY, LOST, Turn, says
from tests.payments.world import World

THROTTLED = says(NotProcessed(code="throttled", retry_after_s=6.0))


async def test_what_a_dead_process_left_between_two_tries_is_ended_at_once(world: World) -> None:
    """It paused before it would have asked alpha again: nobody does so in its place."""
    world.beta.can(methods=frozenset({"upi"}))
    world.given(alpha=[THROTTLED])
    payment = await world.dies_after(1, world.create())
    worker = world.start("worker-1")

    assert await world.carry_on(payment, by=worker) is False
    world.dead.add("api-1")
    assert await world.carry_on(payment, by=worker) is True

    assert (await world.story(payment))[-1] == "PaymentFailed: not_charged"
    assert (len(world.alpha.sent), world.now_s) == (1, 1)


async def test_what_recovery_sends_is_waited_for_for_half_a_minute(world: World) -> None:
    world.given(alpha=[says(after_s=1.0), THROTTLED, says(after_s=29.5)])
    creating = world.in_background(world.create())
    await world.passes(0.5)
    (payment,) = await world.payments()
    await world.cancel(payment)
    await world.passes(1)
    creating.cancel()

    await world.recover(by=world.start("worker-1"), for_s=60)

    assert (await world.story(payment))[-3:] == [
        "CompensationStarted 2 at alpha",
        "CompensationSucceeded (answer)",
        "PaymentCanceled",
    ]


async def test_what_is_held_is_released_at_the_very_moment_that_the_work_list_names(
    world: World,
) -> None:
    world.alpha.can(authorization_lifetime_s=3600.0)
    held = await world.create(manual=True)
    moment = await world.work.next_at()
    assert moment is not None

    await world.until(moment - timedelta(milliseconds=1))
    assert await world.carry_on(held.payment) is False
    await world.until(moment)
    assert await world.carry_on(held.payment) is True

    assert (await world.view(held.payment))["status"] == "expired"


async def test_a_look_up_is_waited_for_for_9_s(world: World) -> None:
    world.alpha.can(key_lifetime_s=0.0)
    world.given(alpha=[CHARGED_SILENTLY])
    answer = await world.create()
    await world.passes(5)
    world.alpha.look_up_takes_s = 9.5
    asked_at_s = world.now_s

    assert await world.carry_on(answer.payment) is False

    assert world.now_s - asked_at_s == 9


async def test_a_repeat_is_waited_for_as_long_as_a_first_send(world: World) -> None:
    world.alpha.can(look_up=False)
    world.given(alpha=[LOST, says(after_s=8.5)])
    answer = await world.create()

    await world.recover(for_s=30)

    assert (await world.story(answer.payment))[-1] == "AttemptSucceeded (repeat)"


async def test_what_was_settled_during_a_long_look_up_is_not_canceled_by_key(
    world: World,
) -> None:
    """The late answer comes while the gateway is asked what became of the charge."""
    world.alpha.can(cancel_by_key=True)
    world.given(alpha=[says(after_s=16.0)])
    answer = await world.create()
    await world.cancel(answer.payment)
    await world.until(world.moment(14))
    world.alpha.is_deaf = True
    world.alpha.look_up_takes_s = 5.0

    await world.carry_on(answer.payment)

    assert [what for what, _ in world.alpha.heard] == ["charge", "look_up", "refund"]
    assert (await world.view(answer.payment))["status"] == "canceled"


async def test_a_cancellation_by_key_that_nobody_answers_is_tried_again(world: World) -> None:
    world.alpha.can(cancel_by_key=True, look_up=False)
    world.given(alpha=[LOST])
    answer = await world.create()
    await world.cancel(answer.payment)
    await world.passes(5)
    world.alpha.is_deaf = True

    assert await world.carry_on(answer.payment) is False
    world.alpha.is_deaf = False
    assert await world.carry_on(answer.payment) is True

    assert (await world.view(answer.payment))["status"] == "canceled"


async def test_a_look_up_that_tells_of_something_else_proves_nothing_and_is_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.alpha.can(key_lifetime_s=0.0)
    paid = await world.create()
    world.given(alpha=[Turn(answer=world.captured(), after_s=None)])
    await world.refund(paid.payment)
    before = await world.story(paid.payment)
    await world.passes(5)

    assert await world.carry_on(paid.payment) is False

    assert await world.story(paid.payment) == before
    key = world.alpha.sent[-1].key
    assert [(one.levelno, one.getMessage()) for one in caplog.records] == [
        (logging.WARNING, f"look-up of {key} at alpha: a charge as the answer to a refund")
    ]
