"""Waiting for rows and checkpoints to arrive in the tables of the schema that is to be read.

What is seen there counts only while it is still that schema, in the same snapshot: after a switch
the old one may show what the new one, which is then asked, does not show yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import sql

from adapters.read_models.postgres.pool import Pool, spoken
from adapters.read_models.postgres.schema import Find
from adapters.read_models.waiting import ROUND_S, WAITING_MAX, WaitingRoom
from domain.log import Position, Revision

_REVISIONS: Final = "SELECT id, revision FROM {table} WHERE id = ANY(%s) AND {still}"
_POSITIONS: Final = (
    "SELECT projection, position FROM {table} WHERE projection = ANY(%s) AND {still}"
)


class PostgresWaits:
    """A projections.queries.Waits. Belongs to one event loop."""

    def __init__(
        self,
        pool: Pool,
        *,
        schema: Find,
        waiting_max: int = WAITING_MAX,
        round_s: float = ROUND_S,
    ) -> None:
        self._pool, self._schema = pool, schema
        self._revisions = WaitingRoom(
            self._look_at_revisions, waiting_max=waiting_max, round_s=round_s
        )
        self._positions = WaitingRoom(
            self._look_at_positions, waiting_max=waiting_max, round_s=round_s
        )

    async def revision(self, payment: UUID, revision: Revision, *, timeout_s: float) -> bool:
        return await self._revisions.wait(payment, revision, timeout_s=timeout_s)

    async def position(self, projection: str, position: Position, *, timeout_s: float) -> bool:
        return await self._positions.wait(projection, position, timeout_s=timeout_s)

    async def _look_at_revisions(self, payments: Sequence[UUID]) -> dict[UUID, int]:
        return dict(await self._pairs(_REVISIONS, "payment_status", payments))

    async def _look_at_positions(self, projections: Sequence[str]) -> dict[str, int]:
        return dict(await self._pairs(_POSITIONS, "projection_checkpoint", projections))

    async def _pairs(
        self, statement: LiteralString, table: str, subjects: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        schema = await self._schema()
        with spoken():
            async with self._pool.connection() as connection:
                filled = sql.SQL(statement).format(table=schema.table(table), still=schema.still)
                found = await connection.execute(filled, (list(subjects),))
                return await found.fetchall()
