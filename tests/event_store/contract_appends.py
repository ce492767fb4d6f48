"""Appends: the expected revision decides; all or nothing; what is stored is what was given."""

from datetime import timedelta

import pytest

from application.ports.event_store import (
    APPEND_BYTES_MAX,
    AppendTooLarge,
    EventStore,
    WrongRevision,
)
from domain.log import NO_STREAM, NewEvent, Revision
from tests.event_store.builders import fact, facts, ids, new_stream
from tests.event_store.contract_store import StoreUnderTest

ODD_BODIES = (
    b"{}",
    b'{"b": 1.0,\n\t"a" : 1e2 }',
    '{"name": "Zo\u00eb \U0001f682", "zero": "\\u0000"}'.encode(),
)


async def conflict(
    store: EventStore, stream: str, expected: Revision, events: list[NewEvent]
) -> WrongRevision:
    with pytest.raises(WrongRevision) as raised:
        await store.append(stream, expected, events)
    assert raised.value.stream == stream
    assert raised.value.expected == expected
    return raised.value


class AppendContract(StoreUnderTest):
    async def test_a_new_stream_ends_at_the_number_of_events_minus_one(
        self, store: EventStore
    ) -> None:
        for count in (1, 2, 5):
            appended = await store.append(new_stream(), NO_STREAM, facts(count))
            assert appended.revision == count - 1

    async def test_the_answer_names_the_last_event(self, store: EventStore) -> None:
        stream = new_stream()
        await store.append(stream, NO_STREAM, facts(3))
        appended = await store.append(stream, 2, facts(2))
        last = (await store.read_stream(stream))[-1]
        assert (appended.revision, appended.position) == (last.revision, last.position) != (0, 0)
        assert appended.revision == 4

    async def test_what_comes_back_is_what_went_in(self, store: EventStore) -> None:
        stream = new_stream()
        given = [
            NewEvent(id=fact().id, type=f"Type{place}", data=body, metadata=ODD_BODIES[-place - 1])
            for place, body in enumerate(ODD_BODIES)
        ]
        await store.append(stream, NO_STREAM, given)
        found = await store.read_stream(stream)
        assert [
            NewEvent(id=event.id, type=event.type, data=event.data, metadata=event.metadata)
            for event in found
        ] == given
        assert [event.revision for event in found] == [0, 1, 2]
        assert {event.stream for event in found} == {stream}
        assert {event.recorded_at.utcoffset() for event in found} == {timedelta(0)}

    async def test_a_conflict_tells_where_the_stream_is(self, store: EventStore) -> None:
        stream = new_stream()
        await store.append(stream, NO_STREAM, facts(3))
        for expected in (NO_STREAM, 0, 1, 3, 7):
            refused = await conflict(store, stream, expected, [fact()])
            assert refused.actual == 2
        assert len(await store.read_stream(stream)) == 3

    async def test_a_revision_of_a_stream_that_is_not_there_is_a_conflict(
        self, store: EventStore
    ) -> None:
        stream = new_stream()
        refused = await conflict(store, stream, 0, [fact()])
        assert refused.actual == NO_STREAM
        assert await store.read_stream(stream) == []

    async def test_a_refused_append_stores_none_of_its_events(self, store: EventStore) -> None:
        stream = new_stream()
        first = facts(1)
        await store.append(stream, NO_STREAM, first)
        await conflict(store, stream, NO_STREAM, facts(4))
        assert ids(await store.read_stream(stream)) == ids(first)

    async def test_an_append_of_nothing_is_a_mistake(self, store: EventStore) -> None:
        with pytest.raises(ValueError, match="event"):
            await store.append(new_stream(), NO_STREAM, [])

    async def test_too_large_is_refused_and_just_large_enough_is_not(
        self, store: EventStore
    ) -> None:
        stream = new_stream()
        small = fact(data=b"")
        room = APPEND_BYTES_MAX - len(small.metadata) - 2 * len(small.type)
        with pytest.raises(AppendTooLarge):
            await store.append(stream, NO_STREAM, [fact(data=b"1" * (room + 1))])
        assert await store.read_stream(stream) == []
        await store.append(stream, NO_STREAM, [fact(data=b"1" * room)])
        assert len((await store.read_stream(stream))[0].data) == room
