"""The SQL that writes the log. `{table}` is filled with its name.

Everything that answers under the lock answers in rows of a few bytes, so that a whole group's fits
into the socket's buffer: a server that waits for a frozen client to read cannot be interrupted.
"""

from __future__ import annotations

from typing import Final

WRITE_LOCK: Final = 0x1EDE_10C6  # advisory locks: any numbers, the same in every process

COLUMNS: Final = (
    "(originator_id, originator_version, topic, state, event_id, metadata, notification_id)"
)
_LAST_REVISION: Final = (
    "(SELECT originator_version FROM {table} WHERE originator_id = stream "
    "ORDER BY originator_version DESC LIMIT 1)"
)
# Nobody else draws from the sequence under the lock, so the positions drawn follow each other.
_DRAW: Final = (
    "SELECT setval({sequence}::regclass, nextval({sequence}::regclass) + %b::int8 - 1)"
    " - %b::int8 + 1 AS first"
)
_EVENTS: Final = "%b::text[], %b::int8[], %b::text[], %b::bytea[], %b::uuid[], %b::bytea[]"

# One statement is one message to the server, which takes the lock when it has all of it. What it
# sees of the log was committed before it had the lock: a stream that has moved since is met at the
# primary key (UniqueViolation). Answers the first position, and how many streams are elsewhere
# than expected; with any, nothing is stored.
INSERT_AT_ONCE: Final = (
    "WITH locked AS MATERIALIZED ("
    "SELECT pg_advisory_xact_lock({lock}), pg_notify({channel}, '')"
    "), drawn AS MATERIALIZED (" + _DRAW + " FROM locked"
    "), elsewhere AS MATERIALIZED ("
    "SELECT count(*) AS streams FROM unnest(%b::text[], %b::int8[]) AS asked (stream, expected) "
    "WHERE expected <> coalesce(" + _LAST_REVISION + ", -1)"
    "), stored AS ("
    "INSERT INTO {table} " + COLUMNS + " "
    "SELECT stream, revision, topic, state, id, metadata, first + place - 1 "
    "FROM drawn, elsewhere, unnest(" + _EVENTS + ") WITH ORDINALITY "
    "AS event (stream, revision, topic, state, id, metadata, place) WHERE streams = 0"
    ") SELECT first, streams FROM drawn, elsewhere"
)

# The same in a transaction of several statements, for what must be judged one by one. Each sees
# what was committed before the lock was had.
BEGIN: Final = (
    "BEGIN ISOLATION LEVEL READ COMMITTED; "
    "SELECT pg_advisory_xact_lock({lock}), pg_notify({channel}, '')"
)
LAST_REVISIONS: Final = (
    "WITH drawn AS MATERIALIZED (" + _DRAW + ") "
    "SELECT place, " + _LAST_REVISION + ", first "
    "FROM unnest(%b::text[]) WITH ORDINALITY AS asked (stream, place), drawn"
)
STORED_IDS: Final = (
    "SELECT place, originator_version, event_id, notification_id "
    "FROM unnest(%b::text[], %b::int8[], %b::int8[]) WITH ORDINALITY "
    "AS asked (stream, first, last, place) JOIN {table} "
    "ON originator_id = stream AND originator_version BETWEEN first AND last"
)
INSERT: Final = (
    "INSERT INTO {table} " + COLUMNS + " SELECT * FROM unnest(" + _EVENTS + ", %b::int8[])"
)
