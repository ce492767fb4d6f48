"""Many at once: one winner per revision, nothing lost, and nobody pays for another's conflict."""

import asyncio

from application.ports.event_store import Appended, EventStore, WrongRevision
from domain.log import NO_STREAM
from tests.event_store.builders import (
    append_whatever_comes,
    fact,
    facts,
    ids,
    new_stream,
    soon,
)
from tests.event_store.contract_store import StoreUnderTest


class ConcurrencyContract(StoreUnderTest):
    async def test_of_two_facts_at_one_revision_one_is_refused(self, store: EventStore) -> None:
        for _ in range(10):
            stream = new_stream()
            rivals = facts(2)
            answers = await soon(
                asyncio.gather(
                    *(store.append(stream, NO_STREAM, [rival]) for rival in rivals),
                    return_exceptions=True,
                )
            )
            refused = [answer for answer in answers if isinstance(answer, WrongRevision)]
            stored = [answer for answer in answers if isinstance(answer, Appended)]
            assert (len(refused), len(stored)) == (1, 1)
            assert refused[0].actual == 0
            winner = rivals[answers.index(stored[0])]
            assert ids(await store.read_stream(stream)) == ids([winner])

    async def test_ten_writers_on_one_stream_lose_nothing(self, store: EventStore) -> None:
        stream = new_stream()
        given = [facts(5) for _ in range(10)]

        async def write(events: list[int]) -> None:
            for place in events:
                for event in given[place]:
                    await append_whatever_comes(store, stream, event)

        await soon(asyncio.gather(*(write([place]) for place in range(10))))
        found = await store.read_stream(stream)
        assert [event.revision for event in found] == list(range(50))
        assert sorted(ids(found)) == sorted(ids([event for own in given for event in own]))
        for own in given:
            assert [one for one in ids(found) if one in ids(own)] == ids(own)

    async def test_two_hundred_streams_at_once(self, store: EventStore) -> None:
        streams = [new_stream() for _ in range(200)]
        answers = await soon(
            asyncio.gather(*(store.append(one, NO_STREAM, facts(2)) for one in streams))
        )
        assert {answer.revision for answer in answers} == {1}
        assert len({answer.position for answer in answers}) == 200
        for stream, answer in zip(streams, answers, strict=True):
            assert (await store.read_stream(stream))[-1].position == answer.position

    async def test_one_conflict_fails_only_its_own_append(self, store: EventStore) -> None:
        taken = new_stream()
        await store.append(taken, NO_STREAM, facts(1))
        streams = [new_stream() for _ in range(20)]
        streams[7] = taken
        answers = await soon(
            asyncio.gather(
                *(store.append(one, NO_STREAM, [fact()]) for one in streams),
                return_exceptions=True,
            )
        )
        kinds = [type(answer) for answer in answers]
        assert kinds == [WrongRevision if one == taken else Appended for one in streams]
        for stream in streams:
            assert len(await store.read_stream(stream)) == 1

    async def test_appends_of_one_stream_keep_their_order(self, store: EventStore) -> None:
        stream = new_stream()
        given = facts(30)
        answers = await soon(
            asyncio.gather(
                *(store.append(stream, place - 1, [event]) for place, event in enumerate(given))
            )
        )
        assert [answer.revision for answer in answers] == list(range(30))
        assert ids(await store.read_stream(stream)) == ids(given)
