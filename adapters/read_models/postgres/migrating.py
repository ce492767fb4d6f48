"""Brings a schema of read models up to date: the SQL files that it does not have yet, each in a
transaction, one process at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

import psycopg
from psycopg import sql

SCHEMA: Final = "rm_v1"
LOCK_ID: Final = 7_340_215_901  # of nobody else in this database

_LEDGER: Final = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
)
"""


class EditedMigration(Exception):
    """A migration that was applied reads otherwise now: the schema is not what the files say."""


async def migrate(dsn: str, *, schema: str = SCHEMA) -> list[str]:
    """Names of the files that were applied now. Creates the schema where it is missing.

    Raises EditedMigration, psycopg.Error.
    """
    connection = await psycopg.AsyncConnection.connect(dsn, autocommit=True)
    async with connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", (LOCK_ID,))
        into = sql.Identifier(schema)
        await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(into))
        await connection.execute(sql.SQL("SET search_path TO {}").format(into))
        await connection.execute(_LEDGER)
        return [name for name, text in _migrations() if await _apply(connection, name, text)]


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


def _migrations() -> Iterator[tuple[str, str]]:
    folder = files("adapters.read_models.migrations")
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if file.name.endswith(".sql"):
            yield file.name, file.read_text(encoding="utf-8")
