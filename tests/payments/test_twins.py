"""The second request of a key while the first one runs: how long it waits, what it costs, and who
does the work where the first one gives up."""

from __future__ import annotations

import asyncio

import pytest

from application.payments import idempotency
from application.payments.answers import Answer
from application.payments.idempotency import InProgress, TooManyWaiters
from application.payments.log import UnknownPayment
from application.ports.event_store import FateUnknown, StoreBusy
from application.ports.hot_state import StoredAnswer
from domain.canonical import derived_id
from domain.payment.events import AttemptSucceeded, PaymentInitiated
from tests.payments.remote import says
from tests.payments.world import World

COMMAND = derived_id("alma", "POST", "/v1/payments", "k1")


async def test_a_mark_outlives_its_request_and_an_answer_is_kept_for_a_day(world: World) -> None:
    await world.create()

    assert world.hot.lifetimes_s == [("mark", 9 + 5), ("answer", 24 * 60 * 60)]


async def test_a_twin_that_waited_gets_the_bytes_without_asking_the_log(world: World) -> None:
    world.given(alpha=[says(after_s=2.0)])
    creating = world.in_background(world.create())
    await world.passes(1)

    twin = await world.create()

    assert (twin.status, twin.body, twin.replayed) == (201, (await creating).body, True)
    assert (len(world.store.appends), world.now_s) == (2, 2)


async def test_a_twin_that_was_woken_for_nothing_looks_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between its waking and its looking, somebody else has done the work."""
    ordinary = world.hot.wait

    async def wakes_for_nothing(command: object, *, timeout_s: float) -> None:
        await ordinary(COMMAND, timeout_s=timeout_s)

    monkeypatch.setattr(world.hot, "wait", wakes_for_nothing)
    world.given(alpha=[says(after_s=2.0)])
    creating = world.in_background(world.create())
    await world.passes(1)

    twin = await world.create()

    assert (twin.status, twin.body, twin.replayed) == (201, (await creating).body, True)
    assert len(world.store.appends) == 2


async def test_of_those_who_wait_for_a_twin_that_fails_one_does_the_work(world: World) -> None:
    """The others are told to come again, or get its answer: they do not go to the log as well."""
    world.store.hangs(PaymentInitiated)
    first = world.in_background(world.create())
    await world.passes(4)
    world.store.heals()

    others = await asyncio.gather(world.create(), world.create(), return_exceptions=True)

    with pytest.raises(FateUnknown):
        await first
    told = [one for one in others if isinstance(one, Answer)]
    assert {one.status for one in told} == {201}
    assert sum(not one.replayed for one in told) == 1
    assert all(isinstance(one, Answer | InProgress) for one in others)
    assert world.store.appends.count(["PaymentInitiated", "RouteDecided", "AttemptStarted"]) == 2


async def test_a_mark_that_runs_out_with_the_budget_is_no_reason_to_begin(world: World) -> None:
    """Nobody who has left is charged: the next repeat will do the work."""
    await world.hot.begin(COMMAND, running_ttl_s=9)

    with pytest.raises(InProgress):
        await world.create()

    assert (world.now_s, world.store.appends) == (9, [])
    assert (await world.create()).status == 201


async def test_a_slow_cache_does_not_prolong_the_wait(world: World) -> None:
    await world.hot.begin(COMMAND, running_ttl_s=60)
    world.hot.begins_after_s = 8.75

    with pytest.raises(InProgress):
        await world.create()

    assert world.now_s == 9


async def test_a_wait_for_the_streams_answer_stays_within_the_budget(world: World) -> None:
    """The cache holds nothing: the log is asked again and again."""
    world.store.fails(AttemptSucceeded, StoreBusy("full"))
    await world.create()
    asked_at_s = world.now_s

    with pytest.raises(InProgress):
        await world.create()

    assert 8.8 < world.now_s - asked_at_s <= 9


async def test_a_waiter_that_leaves_makes_room_for_one_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "WAITERS_PER_MERCHANT_MAX", 3)
    world.given(alpha=[says(after_s=5.0)])
    twins = [world.in_background(world.create()) for _ in range(1 + 3)]
    await world.passes(1)
    twins.pop().cancel()
    await world.passes(1)

    answers = await asyncio.gather(world.create(), world.create(), return_exceptions=True)

    assert [type(one) for one in answers] == [Answer, TooManyWaiters]
    assert {(await one).status for one in twins} == {201}
    world.given(alpha=[says(after_s=5.0)])
    again = await asyncio.gather(*(world.create("k2") for _ in range(6)), return_exceptions=True)
    assert sum(isinstance(one, TooManyWaiters) for one in again) == 2


async def test_a_cache_that_holds_anothers_answer_gives_it_to_nobody(world: World) -> None:
    """A command's id is made of its merchant: only a broken cache could do this."""
    foreign = StoredAnswer(
        fingerprint="/v1/payments 1000",
        merchant="basil",
        status=201,
        body=b"{}",
        content_type="application/json",
        payment=str(COMMAND),
        revision=2,
        position=2,
    )
    await world.hot.conclude(COMMAND, foreign, ttl_s=60)

    with pytest.raises(UnknownPayment):
        await world.create()
