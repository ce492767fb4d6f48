"""Waiting for rows and checkpoints to arrive in the tables of one schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, LiteralString
from uuid import UUID

from psycopg import sql

from adapters.read_models.postgres.migrating import SCHEMA
from adapters.read_models.postgres.pool import Pool, spoken
from adapters.read_models.waiting import ROUND_S, WAITING_MAX, WaitingRoom
from domain.log import Position, Revision

_REVISIONS: Final = "SELECT id, revision FROM {payment_status} WHERE id = ANY(%s)"
_POSITIONS: Final = (
    "SELECT projection, position FROM {projection_checkpoint} WHERE projection = ANY(%s)"
)


class PostgresWaits:
    """A projections.queries.Waits. Belongs to one event loop."""

    def __init__(
        self,
        pool: Pool,
        *,
        schema: str = SCHEMA,
        waiting_max: int = WAITING_MAX,
        round_s: float = ROUND_S,
    ) -> None:
        self._pool = pool
        self._names = {
            name: sql.Identifier(schema, name)
            for name in ("payment_status", "projection_checkpoint")
        }
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
        return dict(await self._pairs(_REVISIONS, payments))

    async def _look_at_positions(self, projections: Sequence[str]) -> dict[str, int]:
        return dict(await self._pairs(_POSITIONS, projections))

    async def _pairs(
        self, statement: LiteralString, subjects: Sequence[Any]
    ) -> list[tuple[Any, ...]]:
        with spoken():
            async with self._pool.connection() as connection:
                filled = sql.SQL(statement).format(**self._names)
                found = await connection.execute(filled, (list(subjects),))
                return await found.fetchall()
