"""Waiting for rows and checkpoints to arrive in a memory store."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from adapters.read_models.memory.store import MemoryReadModels
from adapters.read_models.waiting import ROUND_S, WAITING_MAX, WaitingRoom
from domain.log import Position, Revision
from projections.payment_status import PAYMENT_STATUS


class MemoryWaits:
    """A projections.queries.Waits. Belongs to one event loop."""

    def __init__(
        self, store: MemoryReadModels, *, waiting_max: int = WAITING_MAX, round_s: float = ROUND_S
    ) -> None:
        self._store = store
        self._revisions = WaitingRoom(self._seen, waiting_max=waiting_max, round_s=round_s)
        self._positions = WaitingRoom(self._reached, waiting_max=waiting_max, round_s=round_s)

    async def revision(self, payment: UUID, revision: Revision, *, timeout_s: float) -> bool:
        return await self._revisions.wait(payment, revision, timeout_s=timeout_s)

    async def position(self, projection: str, position: Position, *, timeout_s: float) -> bool:
        return await self._positions.wait(projection, position, timeout_s=timeout_s)

    async def _seen(self, payments: Sequence[UUID]) -> dict[UUID, int]:
        found = {one: self._store.row(PAYMENT_STATUS, (one,)) for one in payments}
        return {one: row["revision"] for one, row in found.items() if row is not None}

    async def _reached(self, projections: Sequence[str]) -> dict[str, int]:
        return {
            one.projection: one.position
            for one in self._store.checkpoints()
            if one.projection in projections
        }
