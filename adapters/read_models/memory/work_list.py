"""The recovery work list over a memory store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from adapters.read_models.memory.store import MemoryReadModels
from application.ports.work_list import AT_ONCE
from domain.due import DueStream
from domain.log import Revision
from projections.recovery import RECOVERY
from projections.tables import Put, Row


class MemoryWorkList:
    """An application.ports.work_list.WorkList, and a projections.recovery.sweep.WorkRows."""

    def __init__(self, store: MemoryReadModels) -> None:
        self._store = store

    async def due(
        self,
        now: datetime,
        limit: int,
        *,
        ahead: timedelta = AT_ONCE,
        share: int | None = None,
    ) -> list[DueStream]:
        """Longest due first, as PostgresWorkList has it."""
        rows = [row for row in self._store.rows(RECOVERY) if _is_due(row, now, now + ahead)]
        rows.sort(key=lambda row: (row["deferred_until"] or row["recover_after"], row["stream"]))
        return shared([_due_stream(row) for row in rows], share or limit)[:limit]

    async def defer(self, stream: str, revision: Revision, until: datetime, tries: int) -> bool:
        """Whether it was put off: not when the row has moved to another revision, or is gone."""
        row = self._store.row(RECOVERY, (stream,))
        if row is None or row["revision"] != revision:
            return False
        self._store.change([Put(RECOVERY, {**row, "deferred_until": until, "tries": tries})])
        return True

    async def page(self, *, after: str, limit: int) -> list[Row]:
        rows = [row for row in self._store.rows(RECOVERY) if row["stream"] > after]
        return list(sorted(rows, key=lambda row: str(row["stream"]))[:limit])

    async def row(self, stream: str) -> Row | None:
        return self._store.row(RECOVERY, (stream,))


def shared(due: Iterable[DueStream], share: int) -> list[DueStream]:
    """The first `share` of those that wait for one gateway, in their order."""
    counted: Counter[str | None] = Counter()
    kept = []
    for one in due:
        counted[one.waits_for] += 1
        if counted[one.waits_for] <= share:
            kept.append(one)
    return kept


def _is_due(row: dict[str, Any], now: datetime, soon: datetime) -> bool:
    deferred = row["deferred_until"]
    return row["recover_after"] <= soon and (deferred is None or deferred <= now)


def _due_stream(row: dict[str, Any]) -> DueStream:
    return DueStream(
        stream=row["stream"],
        revision=row["revision"],
        merchant=row["merchant"],
        owner=row["owner"],
        recover_after=row["recover_after"],
        tries=row["tries"],
        waits_for=row["waits_for"],
    )
