"""Which schema a process reads: resolved here, and nowhere else."""

from __future__ import annotations

import asyncio
import time
from typing import Final

from psycopg import sql

from adapters.read_models.postgres.pool import Pool, spoken
from adapters.read_models.postgres.schema import VERSIONS, Schema
from projections.failures import ReadModelsUnavailable
from projections.former import Columns
from projections.versions import read_by, schema_name

ASK_AGAIN_S: Final = 0.25  # so much later than the switch a process may still read the old one

_SERVING: Final = sql.SQL(
    "SELECT s.number, coalesce(o.caught_up_at IS NOT NULL, false) FROM {versions} AS s"
    " LEFT JOIN {versions} AS o ON o.number = %s WHERE s.serves"
).format(versions=VERSIONS)
_STILL: Final = sql.SQL("(SELECT least(number, {own}) = {number} FROM {versions} WHERE serves)")
_COLUMNS: Final = (
    "SELECT table_name, array_agg(column_name::text) FROM information_schema.columns"
    " WHERE table_schema = %s GROUP BY table_name"
)


class Serving:
    """Finds the schema to read, at most ASK_AGAIN_S old. Belongs to one event loop."""

    def __init__(self, pool: Pool, *, own: int, ask_again_s: float = ASK_AGAIN_S) -> None:
        self._pool, self._own, self._ask_again_s = pool, own, ask_again_s
        self._found: Schema | None = None
        self._asked_at = 0.0
        self._asking = asyncio.Lock()

    async def __call__(self) -> Schema:
        """Raises ReadModelsUnavailable."""
        async with self._asking:
            now = time.monotonic()
            if self._found is None or now >= self._asked_at + self._ask_again_s:
                self._found, self._asked_at = await self._ask(), now
            return self._found

    async def _ask(self) -> Schema:
        with spoken():
            async with self._pool.connection() as connection:
                cursor = await connection.execute(_SERVING, (self._own,))
                row = await cursor.fetchone()
        if row is None:
            raise ReadModelsUnavailable("no version of the read models serves")
        serving, has_caught_up = row
        if serving > self._own and not has_caught_up:
            raise ReadModelsUnavailable(
                f"{schema_name(self._own)} is still being folded; {schema_name(serving)} serves"
            )
        return await self._schema(read_by(self._own, serving))

    async def _schema(self, number: int) -> Schema:
        name = schema_name(number)
        if self._found is not None and self._found.name == name:
            return self._found
        columns = None if number == self._own else await columns_of(self._pool, name)
        still = _STILL.format(
            own=sql.Literal(self._own), number=sql.Literal(number), versions=VERSIONS
        )
        return Schema(name=name, columns=columns, still=still)


async def columns_of(pool: Pool, schema: str) -> Columns:
    """As they are in the database. Raises ReadModelsUnavailable."""
    with spoken():
        async with pool.connection() as connection:
            found = await connection.execute(_COLUMNS, (schema,))
            return {table: frozenset(names) for table, names in await found.fetchall()}
