"""The recovery work list as a worker uses it: what is due, and what is put off."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, LiteralString

from psycopg import sql
from psycopg.rows import class_row, dict_row

from adapters.read_models.postgres.pool import Pool, spoken
from adapters.read_models.postgres.schema import Find
from application.ports.work_list import AT_ONCE
from domain.due import DueStream
from domain.log import Revision
from projections.recovery.table import RECOVERY
from projections.tables import Row

# `recover_after <= soon` alone is what the index can answer.
_DUE: Final = """
SELECT stream, revision, merchant, owner, recover_after, tries, waits_for FROM (
    SELECT *, row_number() OVER (PARTITION BY waits_for ORDER BY since, stream) AS place FROM (
        SELECT {columns}, coalesce(deferred_until, recover_after) AS since FROM {recovery}
        WHERE recover_after <= %(soon)s AND (deferred_until IS NULL OR deferred_until <= %(now)s)
    ) AS due
) AS placed
WHERE place <= %(share)s ORDER BY since, stream LIMIT %(limit)s
"""
_PAGE: Final = "SELECT {columns} FROM {recovery} WHERE stream > %s ORDER BY stream LIMIT %s"
_ROW: Final = "SELECT {columns} FROM {recovery} WHERE stream = %s"
_DEFER: Final = """
UPDATE {recovery} SET deferred_until = %s, tries = %s WHERE stream = %s AND revision = %s
"""


class PostgresWorkList:
    """An application.ports.work_list.WorkList, and a projections.recovery.sweep.WorkRows. Raises
    ReadModelsUnavailable throughout."""

    def __init__(self, pool: Pool, *, schema: Find) -> None:
        self._pool, self._schema = pool, schema

    async def due(
        self,
        now: datetime,
        limit: int,
        *,
        ahead: timedelta = AT_ONCE,
        share: int | None = None,
    ) -> list[DueStream]:
        """Longest due first: what was put off stands behind what came due before it was to come
        back."""
        filled = await self._filled(_DUE)
        with spoken():
            async with self._pool.connection() as connection:
                cursor = connection.cursor(row_factory=class_row(DueStream))
                asked = {"now": now, "soon": now + ahead, "limit": limit, "share": share or limit}
                await cursor.execute(filled, asked)
                return await cursor.fetchall()

    async def defer(self, stream: str, revision: Revision, until: datetime, tries: int) -> bool:
        """Whether it was put off: not when the row has moved to another revision, or is gone."""
        filled = await self._filled(_DEFER)
        with spoken():
            async with self._pool.connection() as connection:
                done = await connection.execute(filled, (until, tries, stream, revision))
                return done.rowcount == 1

    async def page(self, *, after: str, limit: int) -> list[Row]:
        return await self._rows(_PAGE, (after, limit))

    async def row(self, stream: str) -> Row | None:
        found = await self._rows(_ROW, (stream,))
        return found[0] if found else None

    async def _rows(self, statement: LiteralString, given: tuple[Any, ...]) -> list[Row]:
        filled = await self._filled(statement)
        with spoken():
            async with self._pool.connection() as connection:
                cursor = connection.cursor(row_factory=dict_row)
                await cursor.execute(filled, given)
                return list(await cursor.fetchall())

    async def _filled(self, statement: LiteralString) -> sql.Composed:
        schema = await self._schema()
        columns = schema.select(RECOVERY.name, (one.name for one in RECOVERY.columns))
        return sql.SQL(statement).format(recovery=schema.table(RECOVERY.name), columns=columns)
