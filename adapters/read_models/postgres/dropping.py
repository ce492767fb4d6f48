"""Drops the versions of the read models that nobody reads any more.

The last one that was read is kept for KEPT_S after the switch: for the way back, and for processes
that are not upgraded yet. Beyond it, one is kept only while a process of its version is connected.
"""

from __future__ import annotations

from typing import Final

from psycopg import sql

from adapters.read_models.postgres.migrating import LOCK_ID
from adapters.read_models.postgres.pool import Connection
from adapters.read_models.postgres.schema import VERSIONS, process_name
from projections.versions import JUST_STARTED_S, KEPT_S, schema_name

_UNUSED: Final = sql.SQL(
    """
SELECT v.number FROM {versions} AS v, {versions} AS s
WHERE s.serves AND v.number < s.number
  AND v.started_at < now() - make_interval(secs => %(just_started_s)s)
  AND (v.served_until IS NULL
       OR v.served_until < now() - make_interval(secs => %(kept_s)s)
       OR v.served_until < (SELECT max(served_until) FROM {versions}))
ORDER BY v.number
"""
).format(versions=VERSIONS)
_READ: Final = """
SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s LIMIT 1
"""
_FORGET: Final = sql.SQL("DELETE FROM {} WHERE number = %s").format(VERSIONS)


async def drop_unused(connection: Connection) -> list[int]:
    """The numbers of those that were dropped now, each in a transaction. Raises psycopg.Error."""
    found = await connection.execute(_UNUSED, {"just_started_s": JUST_STARTED_S, "kept_s": KEPT_S})
    numbers = [number for (number,) in await found.fetchall()]
    return [number for number in numbers if await _drop(connection, number)]


async def _drop(connection: Connection, number: int) -> bool:
    async with connection.transaction():
        await connection.execute("SET LOCAL lock_timeout TO '1s'")
        # Whoever starts with this version makes sure of it under the same lock.
        alone = await connection.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK_ID,))
        if await alone.fetchone() != (True,):
            return False
        read = await connection.execute(_READ, (process_name(number),))
        if await read.fetchone() is not None:
            return False
        schema = sql.Identifier(schema_name(number))
        await connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(schema))
        await connection.execute(_FORGET, (number,))
    return True
