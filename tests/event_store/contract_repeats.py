"""Repeats: the same ids at the same revision change nothing; other ids there are a conflict."""

import asyncio

import pytest

from application.ports.event_store import EventStore, WrongRevision
from domain.log import NO_STREAM
from tests.event_store.builders import fact, facts, ids, new_stream, soon
from tests.event_store.contract_store import StoreUnderTest


class RepeatContract(StoreUnderTest):
    @pytest.mark.parametrize("before", [0, 2])
    async def test_repeating_an_append_whose_answer_was_lost_changes_nothing(
        self, store: EventStore, before: int
    ) -> None:
        stream = new_stream()
        if before:
            await store.append(stream, NO_STREAM, facts(before))
        events = facts(3)
        first = await store.append(stream, before - 1, events)
        again = await store.append(stream, before - 1, events)
        assert again == first
        assert len(await store.read_stream(stream)) == before + 3

    async def test_a_repeat_succeeds_when_others_have_appended_since(
        self, store: EventStore
    ) -> None:
        stream = new_stream()
        events = facts(2)
        first = await store.append(stream, NO_STREAM, events)
        await store.append(stream, 1, facts(2))
        assert await store.append(stream, NO_STREAM, events) == first
        assert len(await store.read_stream(stream)) == 4

    async def test_a_repeat_of_the_first_events_only_succeeds(self, store: EventStore) -> None:
        stream = new_stream()
        events = facts(3)
        await store.append(stream, NO_STREAM, events)
        stored = await store.read_stream(stream)
        again = await store.append(stream, NO_STREAM, events[:2])
        assert (again.revision, again.position) == (1, stored[1].position)
        assert len(await store.read_stream(stream)) == 3

    async def test_a_repeat_longer_than_what_was_stored_is_a_conflict(
        self, store: EventStore
    ) -> None:
        stream = new_stream()
        events = facts(2)
        await store.append(stream, NO_STREAM, events)
        with pytest.raises(WrongRevision) as raised:
            await store.append(stream, NO_STREAM, [*events, fact()])
        assert raised.value.actual == 1
        assert ids(await store.read_stream(stream)) == ids(events)

    async def test_a_repeat_with_one_other_event_is_a_conflict(self, store: EventStore) -> None:
        stream = new_stream()
        first, second = facts(2)
        await store.append(stream, NO_STREAM, [first, second])
        for other in ([first, fact()], [fact(), second], [second, first]):
            with pytest.raises(WrongRevision):
                await store.append(stream, NO_STREAM, other)
        assert len(await store.read_stream(stream)) == 2

    async def test_a_repeat_beside_the_first_send_is_stored_once(self, store: EventStore) -> None:
        stream = new_stream()
        events = facts(2)
        sends = [store.append(stream, NO_STREAM, events) for _ in range(5)]
        answers = await soon(asyncio.gather(*sends))
        assert len(set(answers)) == 1
        assert ids(await store.read_stream(stream)) == ids(events)
