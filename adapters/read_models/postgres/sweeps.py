"""When the work list of a version was swept last, and what was found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import sql
from psycopg.rows import class_row

from adapters.read_models.postgres.pool import Pool, spoken
from adapters.read_models.postgres.schema import SWEEPS, VERSIONS
from projections.recovery.sweep import Sweep

EVERY_S: Final = 24 * 3600.0

# Not before the own version has caught up: until then another one is read.
_DUE: Final = sql.SQL(
    """
SELECT v.caught_up_at IS NOT NULL
       AND coalesce(s.finished_at < now() - make_interval(secs => %s), true)
FROM {versions} AS v LEFT JOIN {sweeps} AS s ON s.number = v.number WHERE v.number = %s
"""
).format(versions=VERSIONS, sweeps=SWEEPS)
_LAST: Final = sql.SQL(
    "SELECT finished_at, open, missing + left_over + stale AS differences, unread, unsettled"
    " FROM {} WHERE number = %s"
).format(SWEEPS)
_SWEPT: Final = sql.SQL(
    """
INSERT INTO {sweeps} (number, finished_at, events, open, missing, left_over, stale, unread,
                      unsettled)
VALUES (%s, now(), %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (number) DO UPDATE SET
    finished_at = excluded.finished_at, events = excluded.events, open = excluded.open,
    missing = excluded.missing, left_over = excluded.left_over, stale = excluded.stale,
    unread = excluded.unread, unsettled = excluded.unsettled
"""
).format(sweeps=SWEEPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastSweep:
    """`differences`: rows that were mended. `unsettled`: streams left for the next sweep."""

    finished_at: datetime
    open: int
    differences: int
    unread: int
    unsettled: int


class PostgresSweeps:
    """An adapters.read_models.sweeping.Diary of one version."""

    def __init__(self, pool: Pool, *, own: int, every_s: float = EVERY_S) -> None:
        self._pool, self._own, self._every_s = pool, own, every_s

    async def is_due(self) -> bool:
        with spoken():
            async with self._pool.connection() as connection:
                found = await connection.execute(_DUE, (self._every_s, self._own))
                return await found.fetchone() == (True,)

    async def last(self) -> LastSweep | None:
        """None where the list of this version was never swept."""
        with spoken():
            async with self._pool.connection() as connection:
                cursor = connection.cursor(row_factory=class_row(LastSweep))
                await cursor.execute(_LAST, (self._own,))
                return await cursor.fetchone()

    async def swept(self, done: Sweep) -> None:
        kinds = Counter(one.kind for one in done.differences)
        values = (
            self._own, done.events, done.open, kinds["missing"], kinds["left over"],
            kinds["stale"], done.unread, done.left,
        )  # fmt: skip
        with spoken():
            async with self._pool.connection() as connection:
                await connection.execute(_SWEPT, values)
