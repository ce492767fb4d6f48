"""The event table of the embedded store: the eventsourcing library's application recorder.

What is the library's: the table, its indexes, its reading side, the notification, and the idea
that writers wait for each other, so that the order of positions is the order of commits. What is
added, in the same transaction: event ids, metadata and time as columns, the check of expected
revisions, and repeats.

The library's EXCLUSIVE lock on the table is replaced by an advisory lock. It conflicts with
ANALYZE and VACUUM, and a vacuum against wraparound does not step aside: at a thousand transactions
a second one comes every few days, and no payment would be taken until it has read the whole log.

The library's INSERT is replaced by one statement for a whole group, because it was measured to
limit payments, and because nothing may be on its way to the server while the lock is held: a
client that freezes there holds up everybody (docs/decisions, "One statement appends").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, LiteralString

import psycopg
from eventsourcing.postgres import PostgresApplicationRecorder
from psycopg.errors import UniqueViolation
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow, tuple_row
from psycopg.sql import SQL, Composed, Identifier, Literal
from psycopg.types.numeric import Int8

from adapters.event_store.judge import Tip, judge, older_ranges
from adapters.event_store.postgres import statements
from adapters.event_store.postgres.arrays import ByteaArray, Int8Array, TextArray, UuidArray
from adapters.event_store.postgres.datastore import LogDatastore
from adapters.event_store.queued import Outcome, QueuedAppend
from application.ports.event_store import Appended
from domain.log import NO_STREAM, NewEvent, Position, Revision

TABLE: Final = "event_log"
SCHEMA_LOCK: Final = 0x1EDE_10C5
OWN_COLUMNS: Final = (
    "ALTER TABLE {table} ADD COLUMN event_id uuid NOT NULL, ADD COLUMN metadata bytea NOT NULL, "
    "ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()"
)
_CODE: Final = re.compile("CREATE (TYPE|OR REPLACE FUNCTION)")


class LogRecorder(PostgresApplicationRecorder):
    """Stores groups of appends, one transaction each. For one thread."""

    def __init__(self, datastore: LogDatastore) -> None:
        super().__init__(datastore, events_table_name=TABLE)
        # No composite type and no function: the function's insert skips the lock.
        self.sql_create_statements = [
            *(one for one in self.sql_create_statements if not _CODE.match(one.as_string())),
            self._sql(OWN_COLUMNS),
        ]
        self._begin = self._sql(statements.BEGIN)
        self._insert_at_once = self._sql(statements.INSERT_AT_ONCE)
        self._last_revisions = self._sql(statements.LAST_REVISIONS)
        self._stored_ids = self._sql(statements.STORED_IDS)
        self._insert = self._sql(statements.INSERT)

    def create_table(self) -> None:
        """Make what is missing; processes that start together wait for each other."""
        with self.datastore.transaction(commit=True) as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEMA_LOCK])
            cursor.execute("SELECT to_regclass(%s) IS NULL AS missing", [self._qualified(TABLE)])
            row = cursor.fetchone()
            if row is None or row["missing"]:
                self._create_table(cursor)

    def insert_group(self, group: Sequence[QueuedAppend]) -> list[Outcome]:
        """Store what the rule of revisions allows, leave out the rest; one commit for all.

        Raises psycopg.Error: of an OperationalError or InterfaceError the fate is unknown, and
        calling again with the same group is safe.
        """
        with (
            self.datastore.get_connection() as connection,
            connection.cursor(row_factory=tuple_row) as cursor,
        ):
            return self._at_once(cursor, group) or self._by_judgement(cursor, group)

    def _at_once(
        self, cursor: psycopg.Cursor[TupleRow], group: Sequence[QueuedAppend]
    ) -> list[Outcome] | None:
        """The ordinary case: every stream is where its append expects it. None when nothing was
        stored because one is not, and has to be judged."""
        streams = [append.stream for append in group]
        if len(set(streams)) < len(streams):
            return None
        placed = [
            (append.stream, revision, event)
            for append in group
            for revision, event in enumerate(append.events, append.expected + 1)
        ]
        asked = (
            Int8(len(placed)),
            Int8(len(placed)),
            TextArray.of(streams),
            Int8Array.of([append.expected for append in group]),
            *_columns(placed),
        )
        try:
            row = cursor.execute(self._insert_at_once, asked, prepare=True).fetchone()
        except UniqueViolation:  # it has moved while we waited for the lock
            return None
        if cursor.connection.info.transaction_status != TransactionStatus.IDLE or row is None:
            raise psycopg.OperationalError("an append was not answered to its end")
        position, elsewhere = row
        return None if elsewhere else _appended(group, position)

    def _by_judgement(
        self, cursor: psycopg.Cursor[TupleRow], group: Sequence[QueuedAppend]
    ) -> list[Outcome]:
        cursor.execute(self._begin)
        tips, first = self._look_up(cursor, group)
        outcomes, placed = judge(group, tips, first)
        if placed:
            columns = _columns([(one.stream, one.revision, one.event) for one in placed])
            positions = Int8Array.of([one.position for one in placed])
            cursor.execute(self._insert, (*columns, positions), prepare=True)
            cursor.execute("COMMIT")
            if cursor.statusmessage != "COMMIT":
                raise psycopg.OperationalError(f"COMMIT was answered {cursor.statusmessage}")
        return outcomes

    def _look_up(
        self, cursor: psycopg.Cursor[TupleRow], group: Sequence[QueuedAppend]
    ) -> tuple[dict[str, Tip], Position]:
        """What `judge` must know, and the first position; those of refused appends stay unused."""
        streams = list({append.stream for append in group})
        count = Int8(sum(len(append.events) for append in group))
        rows = cursor.execute(
            self._last_revisions, (count, count, TextArray.of(streams)), prepare=True
        ).fetchall()
        tips = {
            streams[place - 1]: Tip(NO_STREAM if revision is None else revision)
            for place, revision, _ in rows
        }
        older = older_ranges(group, tips)
        if older:
            names, firsts, lasts = zip(*older, strict=True)
            asked = (TextArray.of(names), Int8Array.of(firsts), Int8Array.of(lasts))
            cursor.execute(self._stored_ids, asked, prepare=True)
            for place, revision, event_id, position in cursor.fetchall():
                tips[names[place - 1]].known[revision] = (event_id, position)
        return tips, rows[0][2]

    def _qualified(self, name: str) -> str:
        return f"{self.datastore.schema}.{name}"

    def _sql(self, text: LiteralString) -> Composed:
        return SQL(text).format(
            table=Identifier(self.datastore.schema, TABLE),
            sequence=Literal(self._qualified(f"{TABLE}_notification_id_seq")),
            lock=Literal(statements.WRITE_LOCK),
            channel=Literal(self.channel_name),
        )


def _columns(
    placed: Sequence[tuple[str, Revision, NewEvent]],
) -> tuple[TextArray, Int8Array, TextArray, ByteaArray, UuidArray, ByteaArray]:
    streams, revisions, events = zip(*placed, strict=True)
    return (
        TextArray.of(streams),
        Int8Array.of(revisions),
        TextArray.of([one.type for one in events]),
        ByteaArray.of([one.data for one in events]),
        UuidArray.of([one.id for one in events]),
        ByteaArray.of([one.metadata for one in events]),
    )


def _appended(group: Sequence[QueuedAppend], position: Position) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for append in group:
        position += len(append.events)
        outcomes.append(Appended(append.expected + len(append.events), position - 1))
    return outcomes
