"""Reads under failure: repeated within their time, then said to be unavailable."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from adapters.event_store.eventstoredb import messages, reader
from adapters.event_store.eventstoredb.store import EventStoreDBStore
from application.ports.event_store import READ_EVENTS_MAX, StoreUnavailable
from domain.log import BEFORE_FIRST, NO_STREAM
from tests.esdb_double import EsdbCluster, EsdbDouble
from tests.event_store.builders import facts, ids, new_stream, soon
from tests.eventstoredb.support import Load, opened, opened_cluster

pytestmark = pytest.mark.slow


@pytest.fixture
async def double() -> AsyncIterator[EsdbDouble]:
    async with EsdbDouble() as double:
        yield double


@pytest.fixture
async def store(double: EsdbDouble) -> AsyncIterator[EventStoreDBStore]:
    async with opened(double.target) as store:
        yield store


async def test_a_log_without_events_of_ours_is_empty(store: EventStoreDBStore) -> None:
    head = await store.head()  # of the server's own events
    assert await store.read_all(after=BEFORE_FIRST) == []
    assert await store.read_all(after=head) == []


async def test_what_others_wrote_is_passed_once(
    store: EventStoreDBStore, double: EsdbDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "WINDOW_EVENTS", 64)
    known = facts(2)
    appended = await store.append(new_stream(), NO_STREAM, known)
    await store.append(new_stream("elsewhere"), NO_STREAM, facts(2_000))
    assert await store.head() > appended.position
    assert await store.read_all(after=appended.position) == []
    passed = store._reader._passed
    assert appended.position < passed[appended.position] <= await store.head()
    more = facts(1)
    await store.append(new_stream(), NO_STREAM, more)
    assert ids(await store.read_all(after=appended.position)) == ids(more)
    assert ids(await store.read_all(after=BEFORE_FIRST)) == ids(known + more)


async def test_it_asks_again_when_refused(double: EsdbDouble, store: EventStoreDBStore) -> None:
    stream, given = new_stream(), facts(3)
    await store.append(stream, NO_STREAM, given)
    double.faults.unavailable(2)
    assert ids(await store.read_stream(stream)) == ids(given)
    double.faults.not_ready(2)
    assert ids(await store.read_all(after=BEFORE_FIRST)) == ids(given)


async def test_no_answer_in_time_is_unavailable(
    double: EsdbDouble, store: EventStoreDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "STREAM_READ_TIMEOUT_S", 0.5)
    monkeypatch.setattr(reader, "TRY_TIMEOUT_S", 0.2)
    double.faults.freeze()
    with pytest.raises(StoreUnavailable, match=r"DEADLINE_EXCEEDED|connection"):
        await store.read_stream(new_stream())
    double.faults.thaw()
    assert await store.read_stream(new_stream()) == []


async def test_nobody_listens(
    double: EsdbDouble, store: EventStoreDBStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "STREAM_READ_TIMEOUT_S", 0.5)
    await asyncio.to_thread(double.stop)
    with pytest.raises(StoreUnavailable, match="connection"):
        await store.read_stream(new_stream())
    await asyncio.to_thread(double.restart)
    assert await store.read_all(after=BEFORE_FIRST) == []


async def test_reads_go_on_with_the_next_leader() -> None:
    async with EsdbCluster(3) as cluster, opened_cluster(cluster) as store:
        stream = new_stream()
        await store.append(stream, NO_STREAM, facts(2))
        reads = [asyncio.create_task(store.read_stream(stream)) for _ in range(50)]
        await asyncio.to_thread(cluster.kill, 0)
        cluster.promote(2)
        assert {len(each) for each in await soon(asyncio.gather(*reads))} == {2}
        assert len(await store.read_stream(stream)) == 2
        assert cluster.nodes[2].counters.calls["Read"] > 0


async def test_a_cancelled_read_hurts_no_other(store: EventStoreDBStore) -> None:
    load = Load(streams=20)
    await load.run(store)
    reads = [asyncio.create_task(store.read_stream(stream)) for stream in load.given]
    await asyncio.sleep(0)
    for read in reads[::2]:
        read.cancel()
    answers = await soon(asyncio.gather(*reads, return_exceptions=True))
    assert {type(answer) for answer in answers[::2]} == {asyncio.CancelledError}
    assert {len(answer) for answer in answers[1::2] if isinstance(answer, list)} == {3}


async def test_no_read_returns_more_than_the_bound(store: EventStoreDBStore) -> None:
    stream = new_stream()
    await store.append(stream, NO_STREAM, facts(READ_EVENTS_MAX + 10))
    assert len(await store.read_stream(stream, limit=1_000_000)) == READ_EVENTS_MAX
    assert len(await store.read_all(after=BEFORE_FIRST, limit=1_000_000)) == READ_EVENTS_MAX
    with pytest.raises(ValueError, match="at least one"):
        await store.read_all(after=BEFORE_FIRST, limit=0)


async def test_the_servers_clock_is_kept(store: EventStoreDBStore) -> None:
    stream = new_stream()
    await store.append(stream, NO_STREAM, facts(1))
    [event] = await store.read_stream(stream)
    assert abs(event.recorded_at - datetime.now(UTC)) < timedelta(minutes=5)


async def test_a_closed_store_says_so(store: EventStoreDBStore) -> None:
    await store.aclose()
    with pytest.raises(StoreUnavailable, match="closed"):
        await store.head()
