"""Real clients against the double: esdbclient, sync and async, with all engines; and the relay."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import grpc
import pytest
from esdbclient import AsyncEventStoreDBClient, EventStoreDBClient, NewEvent, StreamState
from esdbclient.exceptions import (
    NodeIsNotLeader,
    NotFound,
    StreamIsDeleted,
    WrongCurrentVersion,
)

from tests.esdb_double import ENGINES, EsdbCluster, EsdbDouble
from tests.esdb_double.engines import TRAITS
from tests.esdb_double.relay import Relay
from tests.eventstoredb.raw_client import RawClient

pytestmark = pytest.mark.slow


@pytest.fixture(params=ENGINES)
def double(request: pytest.FixtureRequest) -> Iterator[EsdbDouble]:
    with EsdbDouble(engine=request.param) as started:
        yield started


@pytest.fixture
def sync_client(double: EsdbDouble) -> Iterator[EventStoreDBClient]:
    client = EventStoreDBClient(f"esdb://{double.target}?Tls=false")
    yield client
    client.close()


@pytest.fixture
async def async_client(double: EsdbDouble) -> AsyncIterator[AsyncEventStoreDBClient]:
    client = AsyncEventStoreDBClient(f"esdb://{double.target}?Tls=false")
    await client.connect()
    yield client
    await client.close()


def new_event(data: bytes = b"{}") -> NewEvent:
    return NewEvent(type="Tested", data=data, id=uuid4())


def test_sync_append_read_and_subscribe(sync_client: EventStoreDBClient) -> None:
    events = [new_event(), new_event()]
    sync_client.append_to_stream("s-1", current_version=StreamState.NO_STREAM, events=events)
    sync_client.append_to_stream("s-1", current_version=1, events=new_event())
    with pytest.raises(WrongCurrentVersion):
        sync_client.append_to_stream("s-1", current_version=1, events=[new_event()])
    read = sync_client.get_stream("s-1")
    assert [event.stream_position for event in read] == [0, 1, 2]
    with sync_client.subscribe_to_stream("s-1") as subscription:
        assert [next(subscription).id for _ in read] == [event.id for event in read]


def test_sync_deletion(sync_client: EventStoreDBClient) -> None:
    sync_client.append_to_stream("s-1", current_version=StreamState.NO_STREAM, events=[new_event()])
    sync_client.delete_stream("s-1", current_version=0)
    with pytest.raises(NotFound):
        sync_client.get_stream("s-1")
    sync_client.tombstone_stream("s-1", current_version=StreamState.ANY)
    with pytest.raises(StreamIsDeleted):
        sync_client.get_stream("s-1")


async def test_async_append_read_and_subscribe(async_client: AsyncEventStoreDBClient) -> None:
    position = None
    for number in range(3):
        position = await async_client.append_to_stream(
            f"s-{number}", current_version=StreamState.NO_STREAM, events=[new_event(), new_event()]
        )
    assert position is not None
    read = await async_client.get_stream("s-1")
    assert [event.stream_position for event in read] == [0, 1]
    subscription = await async_client.subscribe_to_all(
        filter_include=["s-[01]"], filter_by_stream_name=True
    )
    got = []
    async for event in subscription:
        got.append((event.stream_name, event.stream_position))
        if len(got) == 4:
            await subscription.stop()
    assert got == [("s-0", 0), ("s-0", 1), ("s-1", 0), ("s-1", 1)]


async def test_async_subscription_goes_on_live(async_client: AsyncEventStoreDBClient) -> None:
    subscription = await async_client.subscribe_to_all(from_end=True)
    event = new_event(b'{"live":1}')
    await async_client.append_to_stream(
        "s-1", current_version=StreamState.NO_STREAM, events=[event]
    )
    got = await asyncio.wait_for(anext(subscription), timeout=10)
    await subscription.stop()
    assert (got.id, got.data) == (event.id, event.data)


async def test_async_metadata_limits_what_is_read(async_client: AsyncEventStoreDBClient) -> None:
    events = [new_event() for _ in range(5)]
    await async_client.append_to_stream("s-1", current_version=StreamState.NO_STREAM, events=events)
    await async_client.set_stream_metadata("s-1", metadata={"$maxCount": 2, "mine": "kept"})
    metadata, version = await async_client.get_stream_metadata("s-1")
    assert (metadata, version) == ({"$maxCount": 2, "mine": "kept"}, 0)
    read = await async_client.get_stream("s-1")
    assert [event.id for event in read] == [event.id for event in events[3:]]


async def test_esdbclient_repeats_an_append_whose_answer_was_lost(
    double: EsdbDouble, async_client: AsyncEventStoreDBClient
) -> None:
    double.faults.lose_answers(1)
    event = new_event()
    await async_client.append_to_stream(
        "s-1", current_version=StreamState.NO_STREAM, events=[event]
    )
    assert [stored.event_id for stored in double.events("s-")] == [event.id]
    assert double.counters.repeats == 1


def test_esdbclient_finds_the_leader_of_a_cluster() -> None:
    with EsdbCluster(3) as cluster:
        cluster.promote(1)
        client = EventStoreDBClient(f"esdb://{','.join(cluster.targets)}?Tls=false")
        client.append_to_stream("s-1", current_version=StreamState.NO_STREAM, events=[new_event()])
        client.close()
        assert cluster.nodes[1].counters.appends_stored == 1
        single = EventStoreDBClient(f"esdb://{cluster.targets[0]}?Tls=false&NodePreference=leader")
        try:
            with pytest.raises(NodeIsNotLeader):
                single.append_to_stream(
                    "s-2", current_version=StreamState.NO_STREAM, events=[new_event()]
                )
        finally:
            single.close()


def test_server_features_tell_version_and_methods(double: EsdbDouble) -> None:
    method = "/event_store.client.server_features.ServerFeatures/GetSupportedMethods"
    with grpc.insecure_channel(double.target) as channel:
        ask = channel.unary_unary(method, lambda empty: empty, lambda answer: answer)
        answer: bytes = ask(b"", timeout=10)
    assert TRAITS[double.engine].version.encode() in answer
    assert b"event_store.client.streams.streams" in answer
    assert b"deadline_duration" in answer


async def test_both_kinds_of_context_manager_serve() -> None:
    async with EsdbDouble() as double, Relay(double.port) as relay:
        with RawClient(relay.target) as client:
            answer = await asyncio.to_thread(client.append, "s-1")
        assert answer.success.current_revision == 0
        assert relay.port != double.port


def test_a_frozen_wire_hides_an_append_that_was_stored() -> None:
    with EsdbDouble() as double, Relay(double.port) as relay, RawClient(relay.target) as client:
        batch = client.open_batch()
        batch.send("s-0")
        batch.receive()
        double.faults.hold_appends(stored=True)
        relay.freeze(answers_only=True)
        batch.send("s-1")
        double.faults.wait_until_held(1)
        double.faults.release_appends()
        assert len(double.events("s-1")) == 1
        relay.cut()
        with pytest.raises(grpc.RpcError) as broken:
            batch.receive()
        assert broken.value.code() is grpc.StatusCode.UNAVAILABLE
        relay.thaw()
        assert client.append("s-2").success.current_revision == 0
