"""What becomes of an append whose caller, stream or store is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from esdbclient.protos.Grpc.streams_pb2 import DeleteReq, TombstoneReq

from adapters.event_store.eventstoredb import appender
from adapters.event_store.eventstoredb.store import EventStoreDBStore
from application.ports.event_store import AppendNotSent, FateUnknown, StreamNotWhole
from domain.log import NO_STREAM
from tests.esdb_double import EsdbDouble
from tests.event_store.builders import fact, facts, ids, new_stream, soon, until_stored
from tests.eventstoredb.raw_client import RawClient
from tests.eventstoredb.support import address, opened

pytestmark = pytest.mark.slow

SHORT_S = 0.1


@pytest.fixture
async def double() -> AsyncIterator[EsdbDouble]:
    async with EsdbDouble() as double:
        yield double


@pytest.fixture
async def store(double: EsdbDouble) -> AsyncIterator[EventStoreDBStore]:
    async with opened(double.target) as store:
        yield store


def soft_delete(double: EsdbDouble, stream: str) -> None:
    request = DeleteReq()
    request.options.stream_identifier.stream_name = stream.encode()
    request.options.any.SetInParent()
    with RawClient(double.target) as client:
        client.streams.Delete(request)


def tombstone(double: EsdbDouble, stream: str) -> None:
    request = TombstoneReq()
    request.options.stream_identifier.stream_name = stream.encode()
    request.options.any.SetInParent()
    with RawClient(double.target) as client:
        client.streams.Tombstone(request)


async def test_a_soft_deleted_stream_that_takes_no_stream_is_an_alarm(
    double: EsdbDouble, store: EventStoreDBStore, caplog: pytest.LogCaptureFixture
) -> None:
    stream = new_stream()
    await store.append(stream, NO_STREAM, facts(3))
    await asyncio.to_thread(soft_delete, double, stream)
    with pytest.raises(StreamNotWhole, match="deleted"):
        await store.append(stream, NO_STREAM, facts(2))
    assert "ALARM" in caplog.text


async def test_a_repeat_of_what_nobody_can_see_is_an_alarm(
    double: EsdbDouble, store: EventStoreDBStore
) -> None:
    stream, events = new_stream(), facts(3)
    await store.append(stream, NO_STREAM, events)
    await asyncio.to_thread(soft_delete, double, stream)
    with pytest.raises(StreamNotWhole, match="nobody"):
        await store.append(stream, NO_STREAM, events)


async def test_a_tombstone_is_an_alarm_for_appends_and_reads(
    double: EsdbDouble, store: EventStoreDBStore
) -> None:
    stream = new_stream()
    await store.append(stream, NO_STREAM, facts(1))
    await asyncio.to_thread(tombstone, double, stream)
    with pytest.raises(StreamNotWhole):
        await store.append(stream, 0, facts(1))
    with pytest.raises(StreamNotWhole):
        await store.read_stream(stream)


async def test_no_server_and_no_time_left_means_nothing_was_sent(double: EsdbDouble) -> None:
    await asyncio.to_thread(double.stop)
    stream, kept = new_stream(), fact()
    async with opened(double.target) as store:
        with pytest.raises(AppendNotSent):
            await store.append(stream, NO_STREAM, [fact()], timeout_s=SHORT_S)
        waiting = asyncio.create_task(store.append(stream, NO_STREAM, [kept]))
        await asyncio.to_thread(double.restart)
        await soon(waiting)
        assert ids(await store.read_stream(stream)) == ids([kept])


async def test_what_was_sent_is_followed_over_a_break(
    double: EsdbDouble, store: EventStoreDBStore
) -> None:
    stream, event = new_stream(), fact()
    double.faults.hold_appends(stored=False)
    with pytest.raises(FateUnknown):
        await store.append(stream, NO_STREAM, [event], timeout_s=SHORT_S)
    double.faults.cut_appends()
    assert ids(await until_stored(store, stream, 1)) == ids([event])
    later = await store.append(stream, 0, facts(1))
    assert later.revision == 1
    assert store.queued_appends == 0


async def test_closing_tells_what_was_sent_from_what_was_not(
    double: EsdbDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(appender, "CLOSE_TIMEOUT_S", SHORT_S)
    store = EventStoreDBStore(address(double.target))
    double.faults.hold_appends(stored=True)
    stream = new_stream()
    appends = [asyncio.create_task(store.append(stream, place - 1, facts(1))) for place in (0, 1)]
    await asyncio.to_thread(double.faults.wait_until_held, 1)
    await store.aclose()
    answers = await soon(asyncio.gather(*appends, return_exceptions=True))
    assert [type(answer) for answer in answers] == [FateUnknown, AppendNotSent]
    with pytest.raises(AppendNotSent, match="closed"):
        await store.append(new_stream(), NO_STREAM, facts(1))


async def test_closing_waits_for_what_is_under_way(double: EsdbDouble) -> None:
    store = EventStoreDBStore(address(double.target))
    double.faults.slow(100)
    append = asyncio.create_task(store.append(new_stream(), NO_STREAM, facts(1)))
    await asyncio.sleep(0)
    await store.aclose()
    assert (await append).revision == 0
    await store.aclose()


async def test_very_many_small_events_are_one_append(store: EventStoreDBStore) -> None:
    stream = new_stream()
    small = [fact(data=b"1", kind="T") for _ in range(25_000)]
    assert (await store.append(stream, NO_STREAM, small)).revision == 24_999
    last = await store.read_stream(stream, backwards=True, limit=1)
    assert ids(last) == ids(small[-1:])


async def test_two_stores_race_and_one_wins(double: EsdbDouble, store: EventStoreDBStore) -> None:
    async with opened(double.target) as rival:
        for _ in range(20):
            stream = new_stream()
            answers = await asyncio.gather(
                store.append(stream, NO_STREAM, facts(1)),
                rival.append(stream, NO_STREAM, facts(1)),
                return_exceptions=True,
            )
            assert sum(isinstance(answer, Exception) for answer in answers) == 1
            assert len(await store.read_stream(stream)) == 1
