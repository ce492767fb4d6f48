"""What the tests of the EventStoreDB adapter share: addresses, a load, and its proof."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

import pytest

from adapters.event_store.eventstoredb.store import EventStoreDBStore
from application.ports.event_store import Appended, EventStore
from domain.log import BEFORE_FIRST, NO_STREAM, NewEvent, RecordedEvent
from tests.esdb_double import EsdbCluster, Stored
from tests.event_store.builders import PATIENCE_S, facts, ids, new_stream, soon

# The double's gRPC counts frequent pings as an attack, which the server's does not.
FEW_PINGS = "keepAliveInterval=600000"


def address(*targets: str, options: str = FEW_PINGS) -> str:
    return f"esdb://{','.join(targets)}?tls=false&{options}"


@asynccontextmanager
async def opened(*targets: str, options: str = FEW_PINGS) -> AsyncIterator[EventStoreDBStore]:
    store = EventStoreDBStore(address(*targets, options=options))
    try:
        yield store
    finally:
        await store.aclose()


@asynccontextmanager
async def opened_cluster(cluster: EsdbCluster) -> AsyncIterator[EventStoreDBStore]:
    async with opened(*cluster.targets) as store:
        yield store


class ShowsItsLog(Protocol):
    def events(self, stream_prefix: str = "") -> list[Stored]: ...


@dataclass
class Load:
    """Two appends each on many streams, all under way at once."""

    streams: int = 100
    given: dict[str, list[NewEvent]] = field(default_factory=dict)

    def start(self, store: EventStore) -> asyncio.Task[None]:
        return asyncio.create_task(self.run(store))

    async def run(self, store: EventStore) -> None:
        self.given = {new_stream(): facts(3) for _ in range(self.streams)}
        answers = await soon(
            asyncio.gather(
                *(store.append(one, NO_STREAM, events[:2]) for one, events in self.given.items()),
                *(store.append(one, 1, events[2:]) for one, events in self.given.items()),
            )
        )
        assert [answer.revision for answer in answers] == [1] * self.streams + [2] * self.streams
        self.answers: list[Appended] = answers

    def proven_by(self, double: ShowsItsLog) -> None:
        """Everything acknowledged is stored once, where the answer said, and in its order."""
        stored = double.events("payment-")
        for stream, events in self.given.items():
            assert [str(one.event_id) for one in stored if one.stream == stream] == ids(events)
        last = {one.stream: one.position for one in stored}
        seconds = self.answers[self.streams :]
        assert [last[stream] for stream in self.given] == [one.position for one in seconds]
        assert len({one.event_id for one in stored}) == len(stored)


class Listener:
    """Collects the events of one subscription in a task of its own."""

    def __init__(self, store: EventStore) -> None:
        self.events: list[RecordedEvent] = []
        self.task = asyncio.create_task(self._listen(store))

    async def _listen(self, store: EventStore) -> None:
        async for delivery in store.subscribe(after=BEFORE_FIRST):
            if isinstance(delivery, RecordedEvent):
                self.events.append(delivery)

    async def has_all_of(self, store: EventStore, count: int) -> None:
        await until(lambda: len(self.events) >= count or self.task.done())
        assert self.events == await store.read_all(after=BEFORE_FIRST)
        assert len(self.events) == count
        self.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await soon(self.task)


async def until(condition: Callable[[], bool]) -> None:
    """A bounded poll for what nobody announces."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)
