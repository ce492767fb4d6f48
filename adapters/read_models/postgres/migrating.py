"""Brings the schema of a program's newest read models up to date: the SQL files that it does not
have yet, each in a transaction, one process at a time. An older version's schema is never altered.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Final

import psycopg
from psycopg import sql

from adapters.read_models.postgres.schema import VERSIONS, process_name
from domain.log import Position
from projections.versions import is_left_behind, schema_name

LOCK_ID: Final = 7_340_215_901  # of nobody else in this database
IDLE_S_MAX: Final = 5
OF_READ_MODELS: Final = "adapters.read_models.migrations"
OF_VERSIONS: Final = "adapters.read_models.version_migrations"
SCHEMA_OF_VERSIONS: Final = "read_models"

_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
)
"""
_THERE: Final = """
SELECT substr(nspname, 5)::int FROM pg_namespace WHERE nspname ~ '^rm_v[1-9][0-9]{0,8}$' ORDER BY 1
"""
_FORGET_GONE: Final = sql.SQL("DELETE FROM {} WHERE NOT number = ANY(%s)").format(VERSIONS)
_STARTED: Final = sql.SQL(
    "INSERT INTO {} (number, serves, started_at) VALUES (%s, false, now())"
    " ON CONFLICT (number) DO UPDATE SET started_at = excluded.started_at"
).format(VERSIONS)
_FIRST_SERVES: Final = sql.SQL(
    "INSERT INTO {versions} AS v (number, serves, caught_up_at, started_at)"
    " SELECT %s, true, now(), now() WHERE NOT EXISTS (SELECT FROM {versions} WHERE serves)"
    " ON CONFLICT (number) DO UPDATE SET serves = true,"
    " caught_up_at = coalesce(v.caught_up_at, now())"
).format(versions=VERSIONS)
# Where `own` serves, no program of it runs, and an older one has been fed: the newest of these.
_OLDER: Final = sql.SQL(
    """
SELECT max(o.number) FROM {versions} AS o, {versions} AS s
WHERE s.serves AND s.number = %s AND o.number < s.number AND o.caught_up_at IS NOT NULL
  AND NOT EXISTS (
      SELECT FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = %s
  )
"""
).format(versions=VERSIONS)
_POSITIONS: Final = "SELECT projection, position FROM {}"
_NO_LONGER: Final = sql.SQL(
    "UPDATE {} SET serves = false, caught_up_at = NULL WHERE number = %s"
).format(VERSIONS)
_AGAIN: Final = sql.SQL(
    "UPDATE {} SET serves = true, served_until = NULL WHERE number = %s"
).format(VERSIONS)


class EditedMigration(Exception):
    """A migration that was applied reads otherwise now: the schema is not what the files say."""


async def prepare(dsn: str, *, own: int) -> None:
    """Makes version `own` where it is missing. The one that is read stays it, unless it is `own`
    and was left behind. Where none is, as in a new installation, it is the oldest that was there
    before, for it was read once, else `own`.

    Raises EditedMigration, psycopg.Error.
    """
    async with _alone(dsn) as connection:
        await _bring_up(connection, SCHEMA_OF_VERSIONS, OF_VERSIONS)
        found = await connection.execute(_THERE)
        there = [number for (number,) in await found.fetchall()]
        await _bring_up(connection, schema_name(own), OF_READ_MODELS)
        async with connection.transaction():
            await connection.execute(_FORGET_GONE, (there,))
            await connection.execute(_FIRST_SERVES, (min(there, default=own),))
            await connection.execute(_STARTED, (own,))
            await _step_back(connection, own)


async def _step_back(connection: psycopg.AsyncConnection, own: int) -> None:
    """After the program was taken back for a while: the older version is read until this one,
    which nobody fed, has caught up again."""
    found = await connection.execute(_OLDER, (own, process_name(own)))
    row = await found.fetchone()
    if row is None or row[0] is None:
        return
    ahead, behind = [await _positions(connection, number) for number in (row[0], own)]
    if is_left_behind(behind, ahead):
        await connection.execute(_NO_LONGER, (own,))
        await connection.execute(_AGAIN, (row[0],))


async def _positions(connection: psycopg.AsyncConnection, number: int) -> dict[str, Position]:
    checkpoint = sql.Identifier(schema_name(number), "projection_checkpoint")
    found = await connection.execute(sql.SQL(_POSITIONS).format(checkpoint))
    return dict(await found.fetchall())


async def migrate(dsn: str, *, schema: str) -> list[str]:
    """Names of the files that were applied now. Creates the schema where it is missing.

    Raises EditedMigration, psycopg.Error.
    """
    async with _alone(dsn) as connection:
        return await _bring_up(connection, schema, OF_READ_MODELS)


@asynccontextmanager
async def _alone(dsn: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """One process at a time; one that is frozen in the midst of it holds up the others for
    IDLE_S_MAX."""
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    async with connection:
        for limit in ("idle_session_timeout", "idle_in_transaction_session_timeout"):
            await connection.execute(f"SET {limit} TO '{IDLE_S_MAX}s'".encode())
        await connection.execute("SELECT pg_advisory_lock(%s)", (LOCK_ID,))
        yield connection


async def _bring_up(connection: psycopg.AsyncConnection, schema: str, folder: str) -> list[str]:
    into = sql.Identifier(schema)
    await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(into))
    await connection.execute(sql.SQL("SET search_path TO {}").format(into))
    await connection.execute(_LEDGER)
    return [name for name, text in _migrations(folder) if await _apply(connection, name, text)]


async def _apply(connection: psycopg.AsyncConnection, name: str, text: str) -> bool:
    digest = hashlib.sha256(text.encode()).hexdigest()
    found = await connection.execute(
        "SELECT sha256 FROM schema_migrations WHERE name = %s", (name,)
    )
    row = await found.fetchone()
    if row is not None:
        if row[0] != digest:
            raise EditedMigration(f"{name} was edited after it had been applied")
        return False
    async with connection.transaction():
        await connection.execute(text)
        await connection.execute(
            "INSERT INTO schema_migrations (name, sha256) VALUES (%s, %s)", (name, digest)
        )
    return True


def _migrations(folder: str) -> Iterator[tuple[str, str]]:
    for file in sorted(files(folder).iterdir(), key=lambda one: one.name):
        if file.name.endswith(".sql"):
            yield file.name, file.read_text(encoding="utf-8")
