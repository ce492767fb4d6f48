"""The store of read models in PostgreSQL: rows, parked streams and checkpoint in one transaction.

Commits do not wait for the disk (`synchronous_commit off`): the log is the truth, and after a
crash rows and checkpoint go back together by a moment at most, never apart.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields
from typing import Any, Final, LiteralString

from psycopg import sql
from psycopg.rows import class_row

from adapters.read_models.postgres.pool import Connection, Pool, spoken
from adapters.read_models.postgres.writes import Writer
from domain.log import BEFORE_FIRST
from projections.failures import LeaseLost, ParkedChanged
from projections.ports import ParkedStream, Progress, Replay, Step

_START: Final = """
INSERT INTO {checkpoint} (projection, position) VALUES (%s, %s) ON CONFLICT DO NOTHING
"""
_PROGRESS: Final = """
SELECT position, epoch,
       array(SELECT stream FROM {parked} AS p WHERE p.projection = c.projection)
FROM {checkpoint} AS c WHERE projection = %s
"""
_MOVE: Final = """
UPDATE {checkpoint}
SET position = %s, recorded_at = coalesce(%s, recorded_at), updated_at = now()
WHERE projection = %s AND position = %s AND epoch = %s
"""
_PARK: Final = """
INSERT INTO {parked} (projection, stream, revision, last_revision, type, position, recorded_at,
                      reason, tries)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_HOLD: Final = """
UPDATE {parked} AS p SET last_revision = held.revision
FROM unnest(%s::text[], %s::int8[]) AS held (stream, revision)
WHERE p.projection = %s AND p.stream = held.stream
"""
_UNPARK: Final = """
DELETE FROM {parked} WHERE projection = %s AND stream = %s AND last_revision = %s
"""
_NEW_EPOCH: Final = "UPDATE {checkpoint} SET epoch = epoch + 1 WHERE projection = %s"
_PARKED: Final = "SELECT {columns} FROM {parked} WHERE projection = %s ORDER BY position"


class PostgresReadModels:
    """A projections.ports.ReadModelStore over the tables of `schema`."""

    def __init__(self, pool: Pool, *, schema: str) -> None:
        self._pool, self._writer = pool, Writer(schema)
        self._names = {
            "checkpoint": sql.Identifier(schema, "projection_checkpoint"),
            "parked": sql.Identifier(schema, "projection_parked"),
            "columns": sql.SQL(", ").join(
                sql.Identifier(field.name) for field in fields(ParkedStream)
            ),
        }

    async def progress(self, projection: str) -> Progress:
        async with self._transaction() as connection:
            await connection.execute(self._sql(_START), (projection, BEFORE_FIRST))
            found = await connection.execute(self._sql(_PROGRESS), (projection,))
            row = await found.fetchone()
        if row is None:
            raise LeaseLost(f"{projection}: the checkpoint was removed")
        position, epoch, parked = row
        return Progress(position=position, epoch=epoch, parked=frozenset(parked))

    async def apply(self, step: Step) -> None:
        async with self._transaction() as connection:
            await self._move(connection, step)
            for one in step.parked:
                await connection.execute(self._sql(_PARK), _parked_values(step.projection, one))
            if step.held:
                streams, revisions = list(step.held), list(step.held.values())
                await connection.execute(self._sql(_HOLD), (streams, revisions, step.projection))
            await self._writer.write(connection, step.changes)

    async def parked(self, projection: str) -> list[ParkedStream]:
        with spoken():
            async with self._pool.connection() as connection:
                cursor = connection.cursor(row_factory=class_row(ParkedStream))
                await cursor.execute(self._sql(_PARKED), (projection,))
                return await cursor.fetchall()

    async def replay(self, replay: Replay) -> None:
        async with self._transaction() as connection:
            # The checkpoint first, as the runner does: it waits here, or we wait for it.
            await connection.execute(self._sql(_NEW_EPOCH), (replay.projection,))
            gone = await connection.execute(
                self._sql(_UNPARK), (replay.projection, replay.stream, replay.last_revision)
            )
            if gone.rowcount != 1:
                raise ParkedChanged(f"{replay.stream} is not parked as it was read")
            await self._writer.write(connection, replay.changes)

    async def _move(self, connection: Connection, step: Step) -> None:
        """Takes the checkpoint's row first: who comes second waits, and then finds it moved."""
        moved = await connection.execute(
            self._sql(_MOVE),
            (step.position, step.recorded_at, step.projection, step.after, step.epoch),
        )
        if moved.rowcount == 1:
            return
        found = await connection.execute(self._sql(_PROGRESS), (step.projection,))
        row = await found.fetchone()
        if row is not None and row[0] == step.after:
            raise ParkedChanged(f"{step.projection}: a parked stream was replayed")
        where = "gone" if row is None else f"at {row[0]}"
        raise LeaseLost(f"{step.projection}: the checkpoint is {where}, not at {step.after}")

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        with spoken():
            async with self._pool.connection() as connection, connection.transaction():
                await connection.execute("SET LOCAL synchronous_commit TO off")
                yield connection

    def _sql(self, statement: LiteralString) -> sql.Composed:
        return sql.SQL(statement).format(**self._names)


def _parked_values(projection: str, parked: ParkedStream) -> tuple[Any, ...]:
    return (
        projection,
        parked.stream,
        parked.revision,
        parked.last_revision,
        parked.type,
        parked.position,
        parked.recorded_at,
        parked.reason,
        parked.tries,
    )
