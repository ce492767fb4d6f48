"""Subscriptions under failure: every event once and in order, and cancelling really cancels."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import TypeVar

import pytest

from adapters.event_store.eventstoredb import messages, subscription
from adapters.event_store.eventstoredb.store import EventStoreDBStore
from application.ports.event_store import EventStore, StoreUnavailable
from domain.log import (
    BEFORE_FIRST,
    NO_STREAM,
    POSITION_MAX,
    CaughtUp,
    Checkpoint,
    Delivery,
    RecordedEvent,
)
from tests.esdb_double import ENGINES, EsdbCluster, EsdbDouble
from tests.esdb_double.relay import Relay
from tests.event_store.builders import facts, ids, new_stream, soon
from tests.eventstoredb.support import Listener, Load, opened, opened_cluster, until

pytestmark = pytest.mark.slow

Told = TypeVar("Told", CaughtUp, Checkpoint)
FEW_EVENTS = 256  # of a window, so that a checkpoint comes soon
FAST_PINGS = "keepAliveInterval=300&keepAliveTimeout=300"


@pytest.fixture(params=ENGINES)
async def double(request: pytest.FixtureRequest) -> AsyncIterator[EsdbDouble]:
    async with EsdbDouble(engine=request.param) as double:
        yield double


@pytest.fixture
async def store(double: EsdbDouble) -> AsyncIterator[EventStoreDBStore]:
    async with opened(double.target) as store:
        yield store


async def cut_while_writing(
    store: EventStore, listener: Listener, cut: Callable[[int], None], *, rounds: int = 5
) -> None:
    for number in range(rounds):
        load = Load(streams=20).start(store)
        await until(lambda: len(listener.events) > 60 * number)  # noqa: B023
        cut(number)
        await load


@pytest.mark.parametrize("too_slow", [False, True])
async def test_it_goes_on_behind_the_last_event(
    double: EsdbDouble, store: EventStoreDBStore, too_slow: bool
) -> None:
    listener = Listener(store)
    cut = double.faults.cut_subscriptions
    await cut_while_writing(store, listener, lambda _: cut(too_slow=too_slow))
    await listener.has_all_of(store, 300)
    assert double.counters.calls["Read"] > 5


async def test_a_cut_of_appends_leaves_subscriptions_alone(
    double: EsdbDouble, store: EventStoreDBStore
) -> None:
    listener = Listener(store)
    await cut_while_writing(store, listener, lambda _: double.faults.cut_appends())
    reads = double.counters.calls["Read"]
    await listener.has_all_of(store, 300)
    assert (reads, double.counters.calls["Read"]) == (1, 2)  # the second is the proof's


async def test_it_follows_the_leader() -> None:
    async with EsdbCluster(3) as cluster, opened_cluster(cluster) as store:
        listener = Listener(store)

        def next_leader(number: int) -> None:
            if number < 2:
                cluster.kill(number)
                cluster.promote(number + 1)

        await cut_while_writing(store, listener, next_leader, rounds=3)
        await listener.has_all_of(store, 180)


async def test_a_deposed_leader_that_says_nothing_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(subscription, "SILENCE_S", 0.1)
    async with EsdbCluster(3) as cluster, opened_cluster(cluster) as store:
        listener = Listener(store)
        await Load(streams=1).run(store)
        await until(lambda: len(listener.events) == 3)
        cluster.freeze(0)
        cluster.promote(1)
        await Load(streams=1).run(store)
        await listener.has_all_of(store, 6)


async def test_a_frozen_peer_is_noticed_without_any_write(
    double: EsdbDouble, caplog: pytest.LogCaptureFixture
) -> None:
    async with Relay(double.port) as relay, opened(relay.target, options=FAST_PINGS) as store:
        await Load(streams=1).run(store)
        listener = Listener(store)
        await until(lambda: len(listener.events) == 3)
        relay.freeze()
        await until(lambda: "no connection to the leader" in caplog.text)
        relay.thaw()
        await Load(streams=1).run(store)
        await listener.has_all_of(store, 6)


async def test_places_passed_without_an_event_are_told(
    store: EventStoreDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "WINDOW_EVENTS", FEW_EVENTS)
    for _ in range(3):
        await store.append(new_stream("elsewhere"), NO_STREAM, facts(1_000))
    known = facts(1)
    await store.append(new_stream(), NO_STREAM, known)
    await store.append(new_stream("elsewhere"), NO_STREAM, facts(1_100))
    seen: list[int] = []
    events: list[RecordedEvent] = []
    async with aclosing(store.subscribe(after=BEFORE_FIRST)) as deliveries:
        async for delivery in deliveries:
            if isinstance(delivery, CaughtUp):
                break
            seen.append(delivery.position)
            if isinstance(delivery, RecordedEvent):
                events.append(delivery)
    assert ids(events) == ids(known)
    assert seen == sorted(set(seen))
    assert len(seen) >= 3
    # Whoever goes on from a place that was told misses nothing.
    before = seen[seen.index(events[0].position) - 1]
    assert ids(await store.read_all(after=before)) == ids(known)


async def test_on_a_fresh_log_nothing_yet_is_no_place(store: EventStoreDBStore) -> None:
    """24.2 and 24.10 say so by -1, which is the largest number on the wire."""
    told: list[Delivery] = []
    async with aclosing(store.subscribe(after=BEFORE_FIRST)) as deliveries:
        async for delivery in deliveries:
            told.append(delivery)
            if isinstance(delivery, CaughtUp):
                break
        places = [one.position for one in told if not isinstance(one, CaughtUp)]
        assert all(place <= POSITION_MAX for place in places)
        known = facts(3)
        await store.append(new_stream(), NO_STREAM, known)
        events = [await soon(anext(deliveries)) for _ in known]
    assert [one.id for one in events if isinstance(one, RecordedEvent)] == [one.id for one in known]


async def test_live_places_are_told_as_well(
    double: EsdbDouble, store: EventStoreDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "WINDOW_EVENTS", FEW_EVENTS)
    if double.engine == "24.2":  # tells none behind its "nothing yet"
        await store.append(new_stream(), NO_STREAM, facts(1))
    async with aclosing(store.subscribe(after=BEFORE_FIRST)) as deliveries:
        async for delivery in deliveries:
            if isinstance(delivery, CaughtUp):
                break
        await store.append(new_stream("elsewhere"), NO_STREAM, facts(2_000))
        assert isinstance(await soon(anext(deliveries)), Checkpoint)


async def test_a_silent_one_begins_anew_and_so_tells_its_place_everywhere(
    double: EsdbDouble, store: EventStoreDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On 24.2 and 24.10 a live one that has seen nothing of ours never tells its place."""
    monkeypatch.setattr(messages, "WINDOW_EVENTS", 64)
    monkeypatch.setattr(subscription, "SILENCE_S", 0.05)
    monkeypatch.setattr(subscription, "STALE_S", 0.1)
    async with aclosing(store.subscribe(after=BEFORE_FIRST)) as deliveries:
        assert isinstance(await soon(_first(deliveries, CaughtUp)), CaughtUp)
        await store.append(new_stream("elsewhere"), NO_STREAM, facts(2_000))
        told = await soon(_first(deliveries, Checkpoint))
    assert told.position > 0
    assert double.counters.calls["Read"] >= 1


async def _first(deliveries: AsyncIterator[Delivery], kind: type[Told]) -> Told:
    async for delivery in deliveries:
        if isinstance(delivery, kind):
            return delivery
    raise AssertionError("the subscription ended")


async def test_a_timeout_around_it_is_kept(store: EventStoreDBStore) -> None:
    async def listen() -> None:
        async with asyncio.timeout(0.2):
            async for _ in store.subscribe(after=BEFORE_FIRST):
                pass

    with pytest.raises(TimeoutError):
        await soon(listen())


async def test_it_ends_with_the_store(store: EventStoreDBStore) -> None:
    listener = Listener(store)
    await Load(streams=1).run(store)
    await until(lambda: len(listener.events) == 3)
    await store.aclose()
    with pytest.raises(StoreUnavailable, match="closed"):
        await soon(listener.task)


async def test_a_place_that_is_none_is_said(store: EventStoreDBStore) -> None:
    appended = await store.append(new_stream(), NO_STREAM, facts(1))
    with pytest.raises(StoreUnavailable):
        await soon(anext(store.subscribe(after=appended.position - 1)))
