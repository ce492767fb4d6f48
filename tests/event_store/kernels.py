"""The ways to store a group that were measured against each other (docs/decisions).

All but the chosen one leave out what is not needed to compare them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import psycopg
from psycopg.rows import TupleRow, tuple_row
from psycopg.types.numeric import Int8

from adapters.event_store.judge import Placed, judge
from adapters.event_store.postgres.recorder import LogRecorder
from adapters.event_store.queued import Outcome, QueuedAppend

COPY: Final = (
    "COPY event_log (originator_id, originator_version, topic, state, notification_id, event_id, "
    "metadata) FROM STDIN (FORMAT BINARY)"
)
COPY_TYPES: Final = ("text", "int8", "text", "bytea", "int8", "uuid", "bytea")
UNNEST: Final = (
    "INSERT INTO event_log (originator_id, originator_version, topic, state, notification_id, "
    "event_id, metadata) SELECT * FROM unnest(%b::text[], %b::int8[], %b::text[], %b::bytea[], "
    "%b::int8[], %b::uuid[], %b::bytea[])"
)
ASIDE: Final = (
    "CREATE TEMP TABLE IF NOT EXISTS aside (place int8, topic text, state bytea, event_id uuid, "
    "metadata bytea) ON COMMIT DELETE ROWS"
)
COPY_ASIDE: Final = "COPY aside FROM STDIN (FORMAT BINARY)"
ASIDE_TYPES: Final = ("int8", "text", "bytea", "uuid", "bytea")
FROM_ASIDE: Final = (
    "INSERT INTO event_log (originator_id, originator_version, topic, state, notification_id, "
    "event_id, metadata) SELECT stream, revision, topic, state, position, event_id, metadata "
    "FROM unnest(%b::text[], %b::int8[], %b::int8[]) WITH ORDINALITY "
    "AS placed (stream, revision, position, place) JOIN aside USING (place)"
)


class CopyUnderLock(LogRecorder):
    """As it was: a client that freezes in the COPY holds the lock until somebody kills it."""

    def insert_group(self, group: Sequence[QueuedAppend]) -> list[Outcome]:
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            cursor.execute(self._begin)
            tips, first = self._look_up(cursor, group)
            outcomes, placed = judge(group, tips, first)
            self._store(cursor, placed)
            cursor.execute("COMMIT")
        return outcomes

    def _store(self, cursor: psycopg.Cursor[TupleRow], placed: Sequence[Placed]) -> None:
        with cursor.copy(COPY) as copy:
            copy.set_types(COPY_TYPES)
            for one in placed:
                event = one.event
                copy.write_row(
                    (one.stream, one.revision, event.type, event.data, one.position, event.id,
                     event.metadata)
                )  # fmt: skip


class UnnestUnderLock(CopyUnderLock):
    """The same with psycopg's own arrays."""

    def _store(self, cursor: psycopg.Cursor[TupleRow], placed: Sequence[Placed]) -> None:
        columns = (
            [one.stream for one in placed],
            [Int8(one.revision) for one in placed],
            [one.event.type for one in placed],
            [one.event.data for one in placed],
            [Int8(one.position) for one in placed],
            [one.event.id for one in placed],
            [one.event.metadata for one in placed],
        )
        cursor.execute(UNNEST, columns, prepare=True)


class CopyBeforeLock(LogRecorder):
    """The events go into a table of the session before the lock is taken."""

    def insert_group(self, group: Sequence[QueuedAppend]) -> list[Outcome]:
        with self.datastore.get_connection() as connection:
            cursor = connection.cursor(row_factory=tuple_row)
            cursor.execute(ASIDE)
            cursor.execute("BEGIN")
            with cursor.copy(COPY_ASIDE) as copy:
                copy.set_types(ASIDE_TYPES)
                events = [event for append in group for event in append.events]
                for place, event in enumerate(events, 1):
                    copy.write_row((place, event.type, event.data, event.id, event.metadata))
            cursor.execute(self._begin.as_string().partition("; ")[2].encode())
            tips, first = self._look_up(cursor, group)
            outcomes, placed = judge(group, tips, first)
            columns = (
                [one.stream for one in placed],
                [Int8(one.revision) for one in placed],
                [Int8(one.position) for one in placed],
            )
            cursor.execute(FROM_ASIDE, columns, prepare=True)
            cursor.execute("COMMIT")
        return outcomes


class OneByOneUnderLock(LogRecorder):
    """The chosen one, when something of the group has to be judged."""

    def insert_group(self, group: Sequence[QueuedAppend]) -> list[Outcome]:
        with self.datastore.get_connection() as connection:
            return self._by_judgement(connection.cursor(row_factory=tuple_row), group)


KERNELS: Final[dict[str, type[LogRecorder]]] = {
    "copy under the lock": CopyUnderLock,
    "unnest under the lock": UnnestUnderLock,
    "copy before the lock": CopyBeforeLock,
    "judged": OneByOneUnderLock,
    "one statement": LogRecorder,
}
