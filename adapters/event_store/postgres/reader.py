"""Reads of the embedded store: on connections of their own, so that they never wait for a write.

Never writes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, LiteralString

import psycopg
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Composed, Identifier
from psycopg.types.numeric import Int8

from adapters.event_store.postgres.recorder import TABLE
from adapters.kept_pool import KeptPool
from application.ports.event_store import READ_EVENTS_MAX, StoreUnavailable
from domain.log import BEFORE_FIRST, STREAM_PREFIXES, Position, RecordedEvent, Revision

CONNECTIONS_MAX: Final = 8
READ_TIMEOUT_S: Final = 5.0
RETRY_S: Final = 0.05
# After this the pool stops trying by itself, and the next read makes it try at once.
RECONNECT_TIMEOUT_S: Final = 1.0
REVISION_MAX: Final = 2**63 - 1

EVENTS: Final = (
    "SELECT event_id, topic, state, metadata, originator_id, originator_version, notification_id, "
    "recorded_at FROM {table} "
)
FORWARDS: Final = "WHERE originator_id = %s AND originator_version >= %s ORDER BY 6 LIMIT %s"
BACKWARDS: Final = "WHERE originator_id = %s AND originator_version <= %s ORDER BY 6 DESC LIMIT %s"
ALL: Final = "WHERE notification_id > %s ORDER BY 7 LIMIT %s"
KNOWN: Final = "WHERE notification_id > %s AND originator_id LIKE ANY (%s) ORDER BY 7 LIMIT %s"
HEAD: Final = (
    "SELECT notification_id FROM {table} WHERE originator_id LIKE ANY (%s) ORDER BY 1 DESC LIMIT 1"
)
PATTERNS: Final = [f"{prefix}%" for prefix in STREAM_PREFIXES]

logger = logging.getLogger(__name__)


class LogReader:
    """Belongs to one event loop."""

    def __init__(self, dsn: str) -> None:
        self._pool: KeptPool[psycopg.AsyncConnection[TupleRow]] = KeptPool(
            dsn,
            min_size=1,
            max_size=CONNECTIONS_MAX,
            open=False,
            configure=_configure,
            timeout=READ_TIMEOUT_S,
            reconnect_timeout=RECONNECT_TIMEOUT_S,
        )

    async def open(self) -> None:
        """Connect. Raises psycopg.OperationalError (psycopg_pool.PoolTimeout) without a server."""
        await self._pool.open(wait=True, timeout=READ_TIMEOUT_S)

    async def aclose(self) -> None:
        await self._pool.close()

    async def stream(
        self, stream: str, *, start: Revision | None, backwards: bool, limit: int
    ) -> list[RecordedEvent]:
        """See EventStore.read_stream."""
        if start is None:
            start = REVISION_MAX if backwards else 0
        asked = [stream, Int8(start), Int8(min(limit, READ_EVENTS_MAX))]
        return _events(await self._rows(EVENTS + (BACKWARDS if backwards else FORWARDS), asked))

    async def known(self, after: Position, limit: int) -> list[RecordedEvent]:
        """See EventStore.read_all."""
        asked = [Int8(after), PATTERNS, Int8(min(limit, READ_EVENTS_MAX))]
        return _events(await self._rows(EVENTS + KNOWN, asked))

    async def page(self, after: Position, limit: int) -> list[RecordedEvent]:
        """The next events of all streams, whatever their names."""
        return _events(await self._rows(EVENTS + ALL, [Int8(after), Int8(limit)]))

    async def head(self) -> Position:
        """See EventStore.head."""
        rows = await self._rows(HEAD, [PATTERNS])
        return int(rows[0][0]) if rows else BEFORE_FIRST

    async def _rows(self, statement: LiteralString, asked: Sequence[object]) -> list[TupleRow]:
        query = SQL(statement).format(table=Identifier(TABLE))
        try:
            async with asyncio.timeout(READ_TIMEOUT_S):
                return await self._persistently(query, asked)
        except TimeoutError:
            raise StoreUnavailable(f"no answer within {READ_TIMEOUT_S:.0f} s") from None

    async def _persistently(self, query: Composed, asked: Sequence[object]) -> list[TupleRow]:
        while True:
            try:
                async with self._pool.connection() as connection:
                    async with connection.cursor(binary=True) as cursor:
                        await cursor.execute(query, asked, prepare=True)
                        return await cursor.fetchall()
            except psycopg.OperationalError as error:
                # A connection of before the server's restart; the next one may be newer.
                logger.info("a read of the event log is repeated: %s", error)
                await asyncio.sleep(RETRY_S)


async def _configure(connection: psycopg.AsyncConnection[TupleRow]) -> None:
    await connection.set_autocommit(True)
    await connection.execute("SET timezone = 'UTC'")


def _events(rows: list[TupleRow]) -> list[RecordedEvent]:
    return [
        RecordedEvent(
            id=row[0],
            type=row[1],
            data=row[2],
            metadata=row[3],
            stream=row[4],
            revision=row[5],
            position=row[6],
            recorded_at=row[7],
        )
        for row in rows
    ]
