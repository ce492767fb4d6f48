"""The event log in memory: for tests and simulations. Forgets everything with the process."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from operator import attrgetter

from adapters.event_store.following import Bell, follow
from adapters.event_store.group_writer import GroupWriter
from adapters.event_store.judge import Placed, Tip, judge, older_ranges
from adapters.event_store.queued import Outcome, QueuedAppend
from application.ports.event_store import READ_EVENTS_MAX, Appended
from application.ports.surroundings import Clock
from domain.log import (
    BEFORE_FIRST,
    NO_STREAM,
    STREAM_PREFIXES,
    Delivery,
    NewEvent,
    Position,
    RecordedEvent,
    Revision,
)


class MemoryEventStore:
    """An EventStore. Belongs to one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._log: list[RecordedEvent] = []  # the place in it is the position
        self._streams: dict[str, list[RecordedEvent]] = {}
        self._bell = Bell()
        self._gate = asyncio.Lock()
        self._writer = GroupWriter(self._commit)

    async def append(
        self,
        stream: str,
        expected: Revision,
        events: Sequence[NewEvent],
        *,
        timeout_s: float | None = None,
    ) -> Appended:
        return await self._writer.append(stream, expected, events, timeout_s=timeout_s)

    async def read_stream(
        self,
        stream: str,
        *,
        from_revision: Revision | None = None,
        backwards: bool = False,
        limit: int = READ_EVENTS_MAX,
    ) -> list[RecordedEvent]:
        events = self._streams.get(stream, [])
        limit = min(limit, READ_EVENTS_MAX)
        if backwards:
            end = len(events) if from_revision is None else from_revision + 1
            return events[:end][::-1][:limit]
        start = 0 if from_revision is None else from_revision
        return events[start : start + limit]

    async def read_all(
        self, *, after: Position, limit: int = READ_EVENTS_MAX
    ) -> list[RecordedEvent]:
        found: list[RecordedEvent] = []
        for event in self._log[self._place_after(after) :]:
            if len(found) == min(limit, READ_EVENTS_MAX):
                break
            if event.stream.startswith(STREAM_PREFIXES):
                found.append(event)
        return found

    async def head(self) -> Position:
        for event in reversed(self._log):
            if event.stream.startswith(STREAM_PREFIXES):
                return event.position
        return BEFORE_FIRST

    def subscribe(self, *, after: Position) -> AsyncGenerator[Delivery, None]:
        return follow(self._read_page, self._bell, after=after)

    async def aclose(self) -> None:
        await self._writer.aclose()

    @asynccontextmanager
    async def stalled(self) -> AsyncIterator[None]:
        """While inside, nothing is stored or answered: a store that hangs, for tests."""
        async with self._gate:
            yield

    async def _read_page(self, after: Position, limit: int) -> list[RecordedEvent]:
        start = self._place_after(after)
        return self._log[start : start + limit]

    def _place_after(self, after: Position) -> int:
        return bisect_right(self._log, after, key=attrgetter("position"))

    async def _commit(self, group: Sequence[QueuedAppend]) -> list[Outcome]:
        async with self._gate:
            tips = {append.stream: self._tip(append.stream) for append in group}
            for stream, first, last in older_ranges(group, tips):
                for event in self._streams[stream][first : last + 1]:
                    tips[stream].known[event.revision] = (event.id, event.position)
            outcomes, placed = judge(group, tips, len(self._log))
            for one in placed:
                self._store(one)
        self._bell.ring()
        return outcomes

    def _tip(self, stream: str) -> Tip:
        return Tip(len(self._streams.get(stream, [])) + NO_STREAM)

    def _store(self, placed: Placed) -> None:
        event = RecordedEvent(
            id=placed.event.id,
            type=placed.event.type,
            data=placed.event.data,
            metadata=placed.event.metadata,
            stream=placed.stream,
            revision=placed.revision,
            position=placed.position,
            recorded_at=self._clock.now(),
        )
        self._log.append(event)
        self._streams.setdefault(placed.stream, []).append(event)
