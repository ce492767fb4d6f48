"""Bounds: a full queue and a passed deadline are said before anything is sent, and kept."""

import asyncio

import pytest

from application.ports.event_store import (
    APPEND_BYTES_MAX,
    QUEUED_APPENDS_MAX,
    QUEUED_BYTES_MAX,
    Appended,
    AppendNotSent,
    EventStore,
    FateUnknown,
    StoreBusy,
)
from domain.log import NO_STREAM, NewEvent
from tests.event_store.builders import PATIENCE_S, fact, ids, new_stream, soon, until_stored
from tests.event_store.contract_store import StoreUnderTest

SHORT_S = 0.2


class BoundsContract(StoreUnderTest):
    async def test_a_full_queue_is_said_before_queueing(self, store: EventStore) -> None:
        await self._overfill(store, appends=2 * QUEUED_APPENDS_MAX + 100, data=b"{}")

    async def test_too_many_bytes_are_said_before_queueing(self, store: EventStore) -> None:
        large = b"1" * (APPEND_BYTES_MAX - 1_000)
        fitting = QUEUED_BYTES_MAX // len(large)
        await self._overfill(store, appends=2 * fitting + 2, data=large)

    async def _overfill(self, store: EventStore, *, appends: int, data: bytes) -> None:
        streams = [new_stream() for _ in range(appends)]
        async with self.stalled(store):
            tasks = [
                asyncio.create_task(store.append(stream, NO_STREAM, [fact(data=data)]))
                for stream in streams
            ]
            # Nothing is answered while the store is stalled, so what ends first was refused.
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE_S)
        answers = await soon(asyncio.gather(*tasks, return_exceptions=True))
        assert {type(answer) for answer in answers} == {Appended, StoreBusy}
        assert isinstance(answers[0], Appended)
        refused = [
            stream
            for stream, answer in zip(streams, answers, strict=True)
            if isinstance(answer, StoreBusy)
        ]
        assert await store.read_stream(refused[0]) == []
        assert await store.read_stream(refused[-1]) == []
        await store.append(refused[0], NO_STREAM, [fact()])

    async def test_what_was_sent_is_followed_and_what_was_not_is_dropped(
        self, store: EventStore
    ) -> None:
        stream = new_stream()
        sent, unsent = fact(1), fact(2)
        async with self.stalled(store):
            with pytest.raises(FateUnknown):
                await soon(store.append(stream, NO_STREAM, [sent], timeout_s=SHORT_S))
            # The same stream: this one must wait for the fate of the one before it.
            with pytest.raises(AppendNotSent):
                await soon(store.append(stream, 0, [unsent], timeout_s=SHORT_S))
        assert ids(await until_stored(store, stream, 1)) == ids([sent])
        await store.append(stream, 0, [fact(3)])
        assert str(unsent.id) not in ids(await store.read_stream(stream))

    async def test_what_a_cancelled_caller_had_sent_is_stored(self, store: EventStore) -> None:
        stream = new_stream()
        sent, unsent = fact(1), fact(2)

        async def give_up_on(expected: int, event: NewEvent) -> None:
            task = asyncio.create_task(store.append(stream, expected, [event]))
            await asyncio.wait([task], timeout=SHORT_S)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

        async with self.stalled(store):
            await give_up_on(NO_STREAM, sent)
            await give_up_on(0, unsent)
        assert ids(await until_stored(store, stream, 1)) == ids([sent])
        await store.append(stream, 0, [fact(3)])
        assert str(unsent.id) not in ids(await store.read_stream(stream))
