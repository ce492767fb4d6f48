"""Appends under failure: nothing lost, nothing doubled, everything acknowledged.

Each test puts 200 appends on 100 streams under way, lets something break, and looks into the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.event_store.eventstoredb.store import EventStoreDBStore
from domain.log import NO_STREAM
from tests.esdb_double import EsdbCluster, EsdbDouble
from tests.esdb_double.relay import Relay
from tests.event_store.builders import facts, new_stream, soon
from tests.eventstoredb.support import Load, address, opened, opened_cluster, until

pytestmark = pytest.mark.slow

HELD = 40
FAST_PINGS = "keepAliveInterval=300&keepAliveTimeout=300"


@pytest.fixture
async def double() -> AsyncIterator[EsdbDouble]:
    async with EsdbDouble() as double:
        yield double


@pytest.fixture
async def store(double: EsdbDouble) -> AsyncIterator[EventStoreDBStore]:
    async with opened(double.target) as store:
        yield store


@pytest.fixture
async def cluster() -> AsyncIterator[EsdbCluster]:
    async with EsdbCluster(3) as cluster:
        yield cluster


@pytest.mark.parametrize("stored", [False, True])
async def test_the_call_breaks_with_answers_outstanding(
    double: EsdbDouble, store: EventStoreDBStore, stored: bool
) -> None:
    await Load().run(store)  # opens the window
    repeats = double.counters.repeats
    double.faults.hold_appends(stored=stored)
    load = Load()
    under_way = load.start(store)
    await asyncio.to_thread(double.faults.wait_until_held, HELD)
    double.faults.cut_appends()
    await under_way
    load.proven_by(double)
    assert (double.counters.repeats - repeats >= HELD) is stored


async def test_the_call_breaks_again_and_again(
    double: EsdbDouble, store: EventStoreDBStore
) -> None:
    double.faults.lose_answers(8)
    load = Load()
    await load.run(store)
    load.proven_by(double)
    assert double.counters.calls["BatchAppend"] == 9


@pytest.mark.parametrize("stored", [False, True])
async def test_the_servers_write_timeout_is_no_answer(
    double: EsdbDouble, store: EventStoreDBStore, stored: bool
) -> None:
    double.faults.time_out(50, stored=stored)
    load = Load()
    await load.run(store)
    load.proven_by(double)
    assert double.counters.calls["BatchAppend"] == 1


@pytest.mark.parametrize("words", ["not_ready", "busy"])
async def test_status_code_zero_without_success_is_not_now(
    double: EsdbDouble, store: EventStoreDBStore, words: str
) -> None:
    getattr(double.faults, words)(5)
    load = Load()
    await load.run(store)
    getattr(double.faults, words)()
    again = Load()
    under_way = again.start(store)
    await until(lambda: store.queued_appends == 200)
    double.faults.clear()
    await under_way
    load.proven_by(double)
    again.proven_by(double)
    assert double.counters.calls["BatchAppend"] == 1


async def test_calls_are_refused_for_a_while(double: EsdbDouble, store: EventStoreDBStore) -> None:
    double.faults.unavailable(5)
    load = Load()
    await load.run(store)
    load.proven_by(double)


async def test_the_leader_dies_and_stays_listed_beside_the_new_one(cluster: EsdbCluster) -> None:
    async with opened_cluster(cluster) as store:
        await Load().run(store)
        cluster.nodes[0].faults.hold_appends(stored=True)
        load = Load()
        under_way = load.start(store)
        await asyncio.to_thread(cluster.nodes[0].faults.wait_until_held, HELD)
        await asyncio.to_thread(cluster.kill, 0)
        cluster.promote(1)
        listed = [(one.state, one.alive) for one in cluster.gossip()]
        assert listed[:2] == [("Leader", False), ("Leader", True)]
        await under_way
        load.proven_by(cluster)
    async with opened_cluster(cluster) as newcomer:
        await Load(streams=1).run(newcomer)


async def test_the_leader_is_deposed_and_another_elected_later(cluster: EsdbCluster) -> None:
    async with opened_cluster(cluster) as store:
        await Load(streams=1).run(store)
        cluster.depose()
        load = Load()
        under_way = load.start(store)
        await until(lambda: store.queued_appends == 200)
        cluster.promote(2)
        await under_way
        load.proven_by(cluster)


async def test_the_leader_freezes_and_another_is_elected(cluster: EsdbCluster) -> None:
    async with opened_cluster(cluster) as store:
        await Load(streams=1).run(store)
        cluster.freeze(0)
        load = Load()
        under_way = load.start(store)
        cluster.promote(1)
        await under_way
        load.proven_by(cluster)


async def test_a_frozen_server_thaws(double: EsdbDouble, store: EventStoreDBStore) -> None:
    await Load(streams=1).run(store)
    double.faults.freeze()
    load = Load()
    under_way = load.start(store)
    await until(lambda: store.queued_appends == 200)
    double.faults.thaw()
    await under_way
    load.proven_by(double)


@pytest.mark.parametrize("answers_only", [False, True])
async def test_a_frozen_peer_is_noticed_by_its_silence(
    double: EsdbDouble, answers_only: bool, caplog: pytest.LogCaptureFixture
) -> None:
    async with Relay(double.port) as relay, opened(relay.target, options=FAST_PINGS) as store:
        await Load(streams=1).run(store)
        relay.freeze(answers_only=answers_only)
        load = Load()
        under_way = load.start(store)
        await until(lambda: "no connection to the leader" in caplog.text)
        relay.thaw()
        await under_way
        load.proven_by(double)


async def test_a_single_host_that_follows_points_to_its_leader(cluster: EsdbCluster) -> None:
    async with opened(cluster.nodes[2].target) as store:
        load = Load()
        await load.run(store)
        load.proven_by(cluster)
        cluster.promote(1)
        again = Load()
        await again.run(store)
        again.proven_by(cluster)
    assert cluster.nodes[1].counters.appends_stored > 0


async def test_the_window_bounds_what_is_in_flight(double: EsdbDouble) -> None:
    store = EventStoreDBStore(address(double.target), window=4)
    await Load().run(store)
    double.faults.hold_appends(stored=False)
    sends = [
        asyncio.create_task(store.append(new_stream(), NO_STREAM, facts(1))) for _ in range(20)
    ]
    await asyncio.to_thread(double.faults.wait_until_held, 4)
    assert (double.faults.held, store.queued_appends) == (4, 20)
    double.faults.release_appends()
    await soon(asyncio.gather(*sends))
    await store.aclose()
