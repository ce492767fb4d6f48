"""The event log in PostgreSQL, by group commit: what the embedded mode runs on.

Several processes may use one database at once: what is right is decided under one lock.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

import psycopg

from adapters.event_store.following import Bell, follow
from adapters.event_store.group_writer import GroupWriter
from adapters.event_store.postgres.datastore import LogDatastore
from adapters.event_store.postgres.reader import LogReader
from adapters.event_store.postgres.recorder import TABLE, LogRecorder
from adapters.event_store.queued import Outcome, QueuedAppend
from adapters.outage import Outage
from application.ports.event_store import READ_EVENTS_MAX, Appended, StoreFailure
from domain.log import Delivery, NewEvent, Position, RecordedEvent, Revision

REPEAT_FIRST_S: Final = 0.05
REPEAT_LAST_S: Final = 2.0
RELISTEN_S: Final = 0.5

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)


class EmbeddedEventStore:
    """An EventStore. Belongs to one event loop; made by `connect`."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._datastore = LogDatastore(dsn)
        self._recorder = LogRecorder(self._datastore)
        self._reader = LogReader(dsn)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="event-log")
        self._writer = GroupWriter(self._commit)
        self._repeating = Outage(logger, "appends are repeated until they are stored")
        self._bell = Bell()
        self._listener: asyncio.Task[None] | None = None

    @classmethod
    async def connect(cls, dsn: str) -> EmbeddedEventStore:
        """Open the store in the database of `dsn`, which is made ready when it is new.

        Raises psycopg.OperationalError without a server.
        """
        store = cls(dsn)
        try:
            await store._in_thread(store._recorder.create_table)
            await store._reader.open()
        except BaseException:
            await store.aclose()
            raise
        return store

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
        return await self._reader.stream(
            stream, start=from_revision, backwards=backwards, limit=limit
        )

    async def read_all(
        self, *, after: Position, limit: int = READ_EVENTS_MAX
    ) -> list[RecordedEvent]:
        return await self._reader.known(after, limit)

    async def head(self) -> Position:
        return await self._reader.head()

    def subscribe(self, *, after: Position) -> AsyncGenerator[Delivery, None]:
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen(), name="event-log-listener")
        return follow(self._reader.page, self._bell, after=after)

    async def aclose(self) -> None:
        await self._writer.aclose()
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        await self._reader.aclose()
        # A write that still waits for a lock would keep the process from ending.
        with contextlib.suppress(psycopg.Error):
            await asyncio.to_thread(self._datastore.interrupt)
        await self._in_thread(self._datastore.close)
        self._thread.shutdown()

    async def _commit(self, group: Sequence[QueuedAppend]) -> list[Outcome]:
        pause_s = REPEAT_FIRST_S
        while True:
            try:
                outcomes = await self._in_thread(self._recorder.insert_group, group)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                # Stored or not: nobody knows. The same ids and revisions again make it certain.
                self._repeating.failed(error)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, REPEAT_LAST_S)
            except psycopg.Error as error:
                return await self._one_by_one(group, error)
            else:
                self._repeating.works()
                self._bell.ring()
                return outcomes

    async def _one_by_one(
        self, group: Sequence[QueuedAppend], error: psycopg.Error
    ) -> list[Outcome]:
        """The server refuses something in the group: only that append may suffer for it."""
        if len(group) == 1:
            return [StoreFailure(f"{group[0].stream}: refused by the database: {error}")]
        logger.warning("a group of %s appends is redone one by one: %s", len(group), error)
        return [outcome for append in group for outcome in await self._commit([append])]

    async def _in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        call = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def _listen(self) -> None:
        """Ring the bell for what other processes store. Polling covers what is missed."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    self._dsn, autocommit=True
                ) as connection:
                    await connection.execute(f"LISTEN {TABLE}")
                    async for _ in connection.notifies():
                        self._bell.ring()
            except psycopg.OperationalError as error:
                logger.info("listening to the event log again: %s", error)
                await asyncio.sleep(RELISTEN_S)
