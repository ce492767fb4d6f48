"""The event table of the embedded store: the eventsourcing library's application recorder.

What is the library's: the table, its indexes, its reading side, the notification, and the idea
that writers wait for each other, so that the order of positions is the order of commits. What is
added, in the same transaction: event ids, metadata and time as columns, the check of expected
revisions, and repeats.

The library's EXCLUSIVE lock on the table is replaced by an advisory lock. It conflicts with
ANALYZE and VACUUM, and a vacuum against wraparound does not step aside: at a thousand transactions
a second one comes every few days, and no payment would be taken until it has read the whole log.

The library's INSERT is replaced by COPY, because it was measured to limit payments: it dumps each
event as a composite value, 27 us of client CPU where COPY takes 4 (64 appends of 4 events in one
transaction: 10.2 ms against 2.7), and its pipeline may hang for ever on a group of a megabyte.
`python -m tests.event_store.measure kernels` repeats the measurement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final, LiteralString

import psycopg
from eventsourcing.postgres import PostgresApplicationRecorder, PostgresDatastore
from psycopg.rows import DictRow, TupleRow, dict_row, tuple_row
from psycopg.sql import SQL, Composed, Identifier, Literal

from adapters.event_store.judge import Placed, Tip, judge, older_ranges
from adapters.event_store.queued import Outcome, QueuedAppend
from domain.log import NO_STREAM, Position

TABLE: Final = "event_log"
CONNECT_TIMEOUT_S: Final = 5
# A writer that freezes inside a transaction holds the lock: the server ends its session.
IDLE_IN_TRANSACTION_TIMEOUT_S: Final = 10
SCHEMA_LOCK: Final = 0x1EDE_10C5  # advisory locks: any numbers, the same in every process
WRITE_LOCK: Final = 0x1EDE_10C6
OWN_COLUMNS: Final = (
    "ALTER TABLE {table} ADD COLUMN event_id uuid NOT NULL, ADD COLUMN metadata bytea NOT NULL, "
    "ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()"
)
# Nobody else draws from the sequence under the lock, so the positions drawn follow each other.
LAST_REVISIONS: Final = (
    "WITH drawn AS MATERIALIZED ("
    "SELECT setval(%(sequence)s::regclass, nextval(%(sequence)s::regclass) + %(count)s::int8 - 1)"
    " - %(count)s::int8 + 1 AS first) "
    "SELECT stream, (SELECT originator_version FROM {table} WHERE originator_id = stream "
    "ORDER BY originator_version DESC LIMIT 1), first "
    "FROM unnest(%(streams)s::text[]) AS asked (stream), drawn"
)
STORED_IDS: Final = (
    "SELECT originator_id, originator_version, event_id, notification_id "
    "FROM unnest(%s::text[], %s::int8[], %s::int8[]) AS asked (stream, first, last) JOIN {table} "
    "ON originator_id = stream AND originator_version BETWEEN first AND last"
)
COPY: Final = (
    "COPY {table} (originator_id, originator_version, topic, state, notification_id, event_id, "
    "metadata) FROM STDIN (FORMAT BINARY)"
)
_CODE: Final = re.compile("CREATE (TYPE|OR REPLACE FUNCTION)")
COPY_TYPES: Final = ("text", "int8", "text", "bytea", "int8", "uuid", "bytea")


class LogDatastore(PostgresDatastore):
    """One connection, made when it is needed and again when it broke. For one thread."""

    def __init__(self, dsn: str) -> None:
        # The library's pool stays closed: after a restart of the server it comes back too late.
        super().__init__("", "", "", "", "", originator_id_type="text")
        self._dsn = dsn
        self._connection: psycopg.Connection[DictRow] | None = None

    @contextmanager
    def get_connection(self) -> Iterator[psycopg.Connection[DictRow]]:
        """A connection in auto-commit mode. An open transaction at the end is rolled back.

        Raises psycopg.OperationalError whenever the connection was lost, whatever was said last:
        the server ends an idle session with an InternalError, for example.
        """
        connection = self._connection
        if connection is None or connection.closed:
            connection = self._connection = self._connect()
        try:
            yield connection
            connection.rollback()
        except BaseException as error:
            lost = connection.closed
            connection.close()
            if lost and isinstance(error, psycopg.Error):
                raise psycopg.OperationalError(str(error)) from error
            raise

    def register_type_adapters(self) -> None:
        """There are no composite types here."""

    def interrupt(self) -> None:
        """Cancel what runs; may be called from another thread."""
        if self._connection is not None:
            self._connection.cancel_safe(timeout=CONNECT_TIMEOUT_S)

    def close(self) -> None:
        super().close()
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> psycopg.Connection[DictRow]:
        connection = psycopg.connect(
            self._dsn,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=CONNECT_TIMEOUT_S,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=10_000,
        )
        limit = f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_TIMEOUT_S}s'"
        connection.execute(limit.encode())
        return connection


class LogRecorder(PostgresApplicationRecorder):
    """Stores groups of appends, one transaction each. For one thread."""

    def __init__(self, datastore: LogDatastore) -> None:
        super().__init__(datastore, events_table_name=TABLE)
        # No composite type and no function: the function's insert skips the lock.
        self.sql_create_statements = [
            *(one for one in self.sql_create_statements if not _CODE.match(one.as_string())),
            self._sql(OWN_COLUMNS),
        ]
        self._begin = SQL("; ").join(
            [
                # Each statement must see what was committed before the lock was had.
                SQL("BEGIN ISOLATION LEVEL READ COMMITTED"),
                SQL("SELECT pg_advisory_xact_lock({})").format(Literal(WRITE_LOCK)),
                SQL("NOTIFY {}").format(Identifier(self.channel_name)),
            ]
        )

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
            cursor.execute(self._begin)
            tips, first = self._look_up(cursor, group)
            outcomes, placed = judge(group, tips, first)
            if placed:
                self._copy(cursor, placed)
                cursor.execute("COMMIT")
                if cursor.statusmessage != "COMMIT":
                    raise psycopg.OperationalError(f"COMMIT was answered {cursor.statusmessage}")
        return outcomes

    def _look_up(
        self, cursor: psycopg.Cursor[TupleRow], group: Sequence[QueuedAppend]
    ) -> tuple[dict[str, Tip], Position]:
        """What `judge` must know, and the first position; those of refused appends stay unused."""
        asked = {
            "streams": list({append.stream for append in group}),
            "sequence": self._qualified(f"{TABLE}_notification_id_seq"),
            "count": sum(len(append.events) for append in group),
        }
        rows = cursor.execute(self._sql(LAST_REVISIONS), asked, prepare=True).fetchall()
        tips = {
            stream: Tip(NO_STREAM if revision is None else revision) for stream, revision, _ in rows
        }
        older = older_ranges(group, tips)
        if older:
            ranges = [list(column) for column in zip(*older, strict=True)]
            cursor.execute(self._sql(STORED_IDS), ranges, prepare=True)
            for stream, revision, event_id, position in cursor.fetchall():
                tips[stream].known[revision] = (event_id, position)
        return tips, rows[0][2]

    def _copy(self, cursor: psycopg.Cursor[TupleRow], placed: Sequence[Placed]) -> None:
        with cursor.copy(self._sql(COPY)) as copy:
            copy.set_types(COPY_TYPES)
            for one in placed:
                event = one.event
                copy.write_row(
                    (
                        one.stream,
                        one.revision,
                        event.type,
                        event.data,
                        one.position,
                        event.id,
                        event.metadata,
                    )
                )

    def _qualified(self, name: str) -> str:
        return f"{self.datastore.schema}.{name}"

    def _sql(self, text: LiteralString) -> Composed:
        return SQL(text).format(table=Identifier(self.datastore.schema, TABLE))
