"""Reads: ranges of a stream both ways, and the whole log in the order in which it was stored."""

import asyncio

import pytest

from application.ports.event_store import EventStore
from domain.log import BEFORE_FIRST, NO_STREAM, STREAM_PREFIXES, Position, RecordedEvent
from tests.event_store.builders import facts, ids, new_stream
from tests.event_store.contract_store import StoreUnderTest


async def all_after(store: EventStore, after: Position, *, page: int) -> list[RecordedEvent]:
    found: list[RecordedEvent] = []
    while events := await store.read_all(after=found[-1].position if found else after, limit=page):
        assert len(events) <= page
        found += events
    return found


class ReadContract(StoreUnderTest):
    @pytest.mark.parametrize(
        ("start", "backwards", "limit", "expected"),
        [
            (None, False, 100, [0, 1, 2, 3, 4]),
            (None, False, 2, [0, 1]),
            (2, False, 100, [2, 3, 4]),
            (2, False, 2, [2, 3]),
            (4, False, 100, [4]),
            (5, False, 100, []),
            (None, True, 100, [4, 3, 2, 1, 0]),
            (None, True, 1, [4]),
            (2, True, 100, [2, 1, 0]),
            (2, True, 2, [2, 1]),
            (0, True, 100, [0]),
            (9, True, 2, [4, 3]),
        ],
    )
    async def test_a_range_of_a_stream(
        self,
        store: EventStore,
        start: int | None,
        backwards: bool,
        limit: int,
        expected: list[int],
    ) -> None:
        stream = new_stream()
        await store.append(stream, NO_STREAM, facts(5))
        found = await store.read_stream(
            stream, from_revision=start, backwards=backwards, limit=limit
        )
        assert [event.revision for event in found] == expected

    async def test_a_stream_that_is_not_there_is_empty(self, store: EventStore) -> None:
        stream = new_stream()
        assert await store.read_stream(stream) == []
        assert await store.read_stream(stream, backwards=True, limit=1) == []

    async def test_a_stream_whose_name_begins_alike_is_another(self, store: EventStore) -> None:
        stream = new_stream()
        await store.append(stream, NO_STREAM, facts(1))
        await store.append(f"{stream}-2", NO_STREAM, facts(2))
        assert len(await store.read_stream(stream)) == 1

    async def test_the_whole_log_keeps_the_order_of_the_appends(self, store: EventStore) -> None:
        head = await store.head()
        given = []
        stream = new_stream()
        for place in range(6):
            own = facts(2)
            given += own
            if place % 2:
                await store.append(new_stream("gateway"), NO_STREAM, own)
            else:
                await store.append(stream, place - 1, own)
        found = await all_after(store, head, page=1_000)
        assert ids(found) == ids(given)
        positions = [event.position for event in found]
        assert positions == sorted(set(positions))
        assert await store.head() == positions[-1]

    async def test_reading_in_pages_misses_and_repeats_nothing(self, store: EventStore) -> None:
        head = await store.head()
        appends = [store.append(new_stream(), NO_STREAM, facts(3)) for _ in range(20)]
        await asyncio.gather(*appends)
        whole = await all_after(store, head, page=1_000)
        assert len(whole) == 60
        for page in (1, 7, 60):
            assert await all_after(store, head, page=page) == whole

    async def test_reading_begins_behind_the_given_position(self, store: EventStore) -> None:
        head = await store.head()
        await store.append(new_stream(), NO_STREAM, facts(3))
        whole = await store.read_all(after=head)
        assert await store.read_all(after=whole[0].position) == whole[1:]
        assert await store.read_all(after=whole[-1].position) == []
        assert len(await store.read_all(after=BEFORE_FIRST, limit=1)) == 1

    async def test_the_whole_log_holds_the_known_prefixes_only(self, store: EventStore) -> None:
        head = await store.head()
        known = [new_stream(prefix.removesuffix("-")) for prefix in STREAM_PREFIXES]
        for stream in known:
            await store.append(new_stream("elsewhere"), NO_STREAM, facts(1))
            await store.append(stream, NO_STREAM, facts(1))
        strange = new_stream("elsewhere")
        await store.append(strange, NO_STREAM, facts(1))
        found = await all_after(store, head, page=2)
        assert [event.stream for event in found] == known
        assert await store.head() >= found[-1].position
        assert len(await store.read_stream(strange)) == 1

    async def test_a_read_sees_what_was_acknowledged_before(self, store: EventStore) -> None:
        for _ in range(20):
            stream = new_stream()
            appended = await store.append(stream, NO_STREAM, facts(2))
            assert len(await store.read_stream(stream)) == 2
            assert await store.head() >= appended.position
