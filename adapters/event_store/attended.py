"""An event store whose appends are watched: whether the log takes writes. Changes nothing of what
they do, and appends nothing by itself: a log is no place for probes. Tells of outages, once.

A store repeats what it has sent until its fate is known. While one append waits and none is
stored, the log takes none; as soon as one is, it does. What was refused without being sent leaves
nothing that waits: that failure is believed for a while, and then the next append has to show it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final, TypeVar

from adapters.outage import Outage
from application.ports.event_store import (
    PASSING,
    READ_EVENTS_MAX,
    AccessRefused,
    Appended,
    EventStore,
    FateUnknown,
    StoreFailure,
    StoreUnavailable,
)
from domain.log import Delivery, NewEvent, Position, RecordedEvent, Revision

WAITS_S_MAX: Final = 3.0  # an ordinary append takes milliseconds, an election a second
BELIEVED_S: Final = 10.0  # so long after a failure that left nothing that waits
FOLLOWED_MAX: Final = 4_096  # appends whose fate was not known in time; more say nothing more


Result = TypeVar("Result")
_log = logging.getLogger(__name__)


class LogTakesNoWrites(Exception):
    """Reading may work all the same."""


class AttendedStore:
    """An EventStore. `monotonic`: seconds."""

    def __init__(self, store: EventStore, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store, self._monotonic = store, monotonic
        self._waiting: dict[object, float] = {}  # since when
        self._stored_at = self._failed_at = float("-inf")
        self._failure: StoreFailure | None = None
        self._writing = Outage(_log, "appends fail", monotonic=monotonic)
        self._reading = Outage(_log, "the event log cannot be read", monotonic=monotonic)

    def takes_writes(self) -> None:
        """Raises LogTakesNoWrites where the last appends say that it does not."""
        now = self._monotonic()
        if self._waiting:
            waits_s = now - max(min(self._waiting.values()), self._stored_at)
            if waits_s > WAITS_S_MAX:
                raise LogTakesNoWrites(f"an append waits, and none was stored for {waits_s:.0f} s")
        if self._failed_at > self._stored_at and now - self._failed_at <= BELIEVED_S:
            raise LogTakesNoWrites(f"the last append failed: {self._failure}")

    async def append(
        self,
        stream: str,
        expected: Revision,
        events: Sequence[NewEvent],
        *,
        timeout_s: float | None = None,
    ) -> Appended:
        """See EventStore."""
        waiting = object()
        began = self._waiting[waiting] = self._monotonic()
        try:
            appended = await self._store.append(stream, expected, events, timeout_s=timeout_s)
        except FateUnknown as unknown:
            self._failed(unknown)
            self._follow(unknown.settled, began)
            raise
        except StoreFailure as failure:
            if _is_the_stores(failure):
                self._failed(failure)
            raise
        finally:
            del self._waiting[waiting]
        self._stored_at = self._monotonic()
        self._writing.works()
        return appended

    async def read_stream(
        self,
        stream: str,
        *,
        from_revision: Revision | None = None,
        backwards: bool = False,
        limit: int = READ_EVENTS_MAX,
    ) -> list[RecordedEvent]:
        """See EventStore."""
        return await self._told(
            self._store.read_stream(
                stream, from_revision=from_revision, backwards=backwards, limit=limit
            )
        )

    async def read_all(
        self, *, after: Position, limit: int = READ_EVENTS_MAX
    ) -> list[RecordedEvent]:
        """See EventStore."""
        return await self._told(self._store.read_all(after=after, limit=limit))

    async def head(self) -> Position:
        """See EventStore."""
        return await self._told(self._store.head())

    def subscribe(self, *, after: Position) -> AsyncIterator[Delivery]:
        """See EventStore."""
        return self._store.subscribe(after=after)

    async def aclose(self) -> None:
        """See EventStore."""
        await self._store.aclose()

    async def _told(self, read: Awaitable[Result]) -> Result:
        try:
            found = await read
        except StoreUnavailable as failure:
            self._reading.failed(failure)
            raise
        self._reading.works()
        return found

    def _failed(self, failure: StoreFailure) -> None:
        self._failed_at, self._failure = self._monotonic(), failure
        self._writing.failed(failure)

    def _follow(self, settled: Awaitable[object] | None, began: float) -> None:
        """The store goes on with it: it waits as if its caller did."""
        if not isinstance(settled, asyncio.Future) or len(self._waiting) >= FOLLOWED_MAX:
            return
        self._waiting[settled] = began
        settled.add_done_callback(self._settled)

    def _settled(self, fate: asyncio.Future[object]) -> None:
        """Stored or refused: the log has answered in either case."""
        self._waiting.pop(fate, None)
        if not fate.cancelled() and fate.exception() is None:
            self._stored_at = self._monotonic()


def _is_the_stores(failure: StoreFailure) -> bool:
    """Not the stream's or the append's own: a database that refuses says StoreFailure itself. A
    conflict is found by reading, and says nothing of writes."""
    return isinstance(failure, (*PASSING, AccessRefused)) or type(failure) is StoreFailure
