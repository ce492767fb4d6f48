"""A request ends in its time, and nobody is charged who has left."""

from __future__ import annotations

import pytest

from domain.gateway.answers import NotProcessed
from domain.payment.events import AttemptStarted, RefundFailed, RefundStarted, RefundSucceeded
from tests.payments.remote import BROKEN, BUSY, LOST, OK, Turn, says
from tests.payments.world import RULES, World, body_of


async def test_an_answer_is_waited_for_until_the_budget_ends(world: World) -> None:
    world.given(alpha=[says(after_s=8.5)])

    answer = await world.create()

    assert (answer.status, len(world.beta.sent)) == (201, 0)
    assert world.now_s == pytest.approx(8.5)


async def test_a_silence_is_answered_within_the_budget(world: World) -> None:
    world.given(alpha=[LOST])

    answer = await world.create()

    assert answer.status == 202
    assert RULES.latency_budget_s - 1 < world.now_s <= RULES.latency_budget_s


async def test_no_try_starts_with_less_than_a_second_left(world: World) -> None:
    world.given(alpha=[says(BUSY, after_s=8.1)])

    answer = await world.create()

    assert (answer.status, body_of(answer)["code"]) == (402, "no_gateway_available")
    assert body_of(answer)["retry_with_new_key"] is True
    assert world.beta.sent == []


async def test_a_try_starts_while_a_second_is_left(world: World) -> None:
    world.given(alpha=[says(BUSY, after_s=7.9)])

    assert (await world.create()).status == 201


async def test_a_wait_that_a_gateway_wishes_beyond_the_budget_ends_the_payment(
    world: World,
) -> None:
    world.given(alpha=[NotProcessed(code="throttled", retry_after_s=8.5)], beta=[BROKEN])

    answer = await world.create()

    assert (answer.status, body_of(answer)["code"]) == (402, "no_gateway_available")
    assert world.now_s < 1.0


async def test_the_time_to_send_begins_with_the_intent_not_with_the_append(world: World) -> None:
    """The append of the intent takes 3 s: what is recorded as `send_before` has passed by then."""
    async with world.store.stalled():
        creating = world.in_background(world.create())
        await world.passes(3)
    answer = await creating

    assert answer.status == 201
    assert (await world.story(answer.payment))[:2] == [
        "AttemptStarted 1 at alpha",
        "AttemptNotSent",
    ]
    assert world.alpha.sent == []


async def test_a_wall_clock_that_jumped_ahead_sends_nothing_that_others_hold_for_over(
    world: World,
) -> None:
    """What the stream names as `send_before` is what others act on: it holds beside our own
    monotonic limit (bug 7)."""
    async with world.store.stalled():
        creating = world.in_background(world.create())
        await world.passes(0.5)
        world.api.surroundings.skew_s = 60.0
    answer = await creating

    assert (await world.story(answer.payment))[1] == "AttemptNotSent"
    assert world.alpha.sent == []


async def test_a_payment_left_between_tries_is_ended_without_another_try(world: World) -> None:
    world.given(alpha=[NotProcessed(code="throttled", retry_after_s=5.0)], beta=[BROKEN])
    creating = world.in_background(world.create())
    await world.passes(1.0)
    creating.cancel()
    worker = world.start("worker-1")

    await world.recover(by=worker, for_s=60)

    (payment,) = await world.payments()
    assert (await world.story(payment))[-1] == "PaymentFailed: not_charged"
    assert len(world.alpha.sent) == 1


async def test_after_complete_by_nothing_starts_any_more(world: World) -> None:
    """The budget is longer than the payment may take: only a slow machine gets here."""
    world.given(alpha=[Turn(stalls_s=61.0)])

    answer = await world.create()

    assert (answer.status, body_of(answer)["code"]) == (402, "not_completed_in_time")
    assert world.beta.sent == []


async def test_a_wall_clock_that_was_set_back_prolongs_nothing(world: World) -> None:
    """By the wall there would be a minute left; the monotonic limit holds beside it."""
    async with world.store.stalled():
        creating = world.in_background(world.create())
        await world.passes(2.5)
        world.api.surroundings.skew_s = -60.0
    answer = await creating

    assert (await world.story(answer.payment))[1] == "AttemptNotSent"
    assert world.alpha.sent == []


async def test_a_log_that_hangs_between_tries_does_not_hold_the_request(world: World) -> None:
    world.given(alpha=[NotProcessed(code="throttled", retry_after_s=3.0)], beta=[BROKEN])
    world.store.hangs(AttemptStarted, first=2)

    answer = await world.create()

    assert (answer.status, answer.final) == (202, False)
    assert world.now_s == pytest.approx(9, abs=1)
    assert len(world.alpha.sent) == 1


@pytest.mark.parametrize("hangs", [RefundStarted, RefundSucceeded, RefundFailed])
async def test_a_log_that_hangs_while_a_refund_is_carried_out_does_not_hold_the_request(
    world: World, hangs: type
) -> None:
    paid = await world.create()
    world.given(alpha=[BUSY, BROKEN if hangs is RefundFailed else OK])
    world.store.hangs(hangs, first=1 if hangs is RefundStarted else 0)

    refund = await world.refund(paid.payment)

    assert (refund.status, refund.final) == (202, False)
    assert (body_of(refund)["object"], body_of(refund)["status"]) == ("refund", "pending")
    assert world.now_s == pytest.approx(9, abs=1)


async def test_a_payment_canceled_between_two_tries_is_not_asked_for_again(world: World) -> None:
    world.given(alpha=[NotProcessed(code="throttled", retry_after_s=3.0)], beta=[BROKEN])
    creating = world.in_background(world.create())
    await world.passes(1)
    (payment,) = await world.payments()

    cancel = await world.cancel(payment)

    assert (cancel.status, body_of(cancel)["status"]) == (200, "canceled")
    assert body_of(await creating)["status"] == "canceled"
    assert len(world.alpha.sent) == 1


async def test_no_try_starts_after_a_pause_that_outlasted_the_budget(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process was frozen between two tries: whoever waited for the answer has left."""
    here = world.api.surroundings
    ordinary = here.sleep

    async def frozen(seconds: float) -> None:
        await ordinary(seconds + 30.0)

    world.given(alpha=[BUSY], beta=[BUSY])
    monkeypatch.setattr(here, "sleep", frozen)

    answer = await world.create()

    assert (answer.status, body_of(answer)["code"]) == (402, "no_gateway_available")
    assert [len(one.sent) for one in world.remotes.values()] == [1, 1]
