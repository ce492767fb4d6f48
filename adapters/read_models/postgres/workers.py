"""Workers as rows, by the server's clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from psycopg import sql
from psycopg.rows import class_row

from adapters.read_models.postgres.pool import Pool, spoken
from adapters.read_models.postgres.schema import WORKERS
from adapters.read_models.workers import KEPT_S, WorkerSeen

_GOT_ON: Final = sql.SQL(
    """
WITH forgotten AS (
    DELETE FROM {workers} WHERE owner <> %(owner)s AND got_on_at < clock_timestamp() - %(kept)s
)
INSERT INTO {workers} (owner, started_at, got_on_at)
VALUES (%(owner)s, clock_timestamp(), clock_timestamp())
ON CONFLICT (owner) DO UPDATE SET got_on_at = excluded.got_on_at
"""
).format(workers=WORKERS)
_ENDED: Final = sql.SQL("DELETE FROM {} WHERE owner = %(owner)s").format(WORKERS)
# One that got on in the future did so before the server's clock was set back.
_SEEN: Final = sql.SQL(
    "SELECT owner, greatest(0, extract(epoch FROM clock_timestamp() - got_on_at))::float8"
    " AS silent_s FROM {} ORDER BY started_at, owner"
).format(WORKERS)


class PostgresWorkers:
    """An adapters.read_models.workers.Workers."""

    def __init__(self, pool: Pool, *, kept_s: float = KEPT_S) -> None:
        self._pool, self._kept = pool, timedelta(seconds=kept_s)

    async def got_on(self, owner: str) -> None:
        await self._execute(_GOT_ON, {"owner": owner, "kept": self._kept})

    async def ended(self, owner: str) -> None:
        await self._execute(_ENDED, {"owner": owner})

    async def seen(self) -> Sequence[WorkerSeen]:
        with spoken():
            async with self._pool.connection() as connection:
                async with connection.cursor(row_factory=class_row(WorkerSeen)) as cursor:
                    await cursor.execute(_SEEN)
                    return await cursor.fetchall()

    async def _execute(self, statement: sql.Composed, given: dict[str, Any]) -> None:
        with spoken():
            async with self._pool.connection() as connection:
                await connection.execute(statement, given)
