"""The store of read models in memory: what a transaction changes is made aside and put in place
without a pause, so that nobody ever sees a half of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec

from domain.log import BEFORE_FIRST
from projections.collapse import TableChanges, collapse, merged
from projections.failures import LeaseLost, ParkedChanged, RowsRefused
from projections.ports import ParkedStream, Progress, Replay, Step
from projections.queries import ProjectionRow
from projections.tables import Change, Key, Row, Table, Value

Plan = dict[str, dict[Key, Row | None]]  # by table; None deletes


class MemoryReadModels:
    """A projections.ports.ReadModelStore. Belongs to one event loop."""

    def __init__(self) -> None:
        self._tables: dict[str, dict[Key, Row]] = {}
        self._checkpoints: dict[str, ProjectionRow] = {}
        self._epochs: dict[str, int] = {}
        self._parked: dict[str, dict[str, ParkedStream]] = {}

    async def progress(self, projection: str) -> Progress:
        checkpoint = self._checkpoint(projection)
        self._checkpoints[projection] = checkpoint
        parked = frozenset(self._parked.get(projection, {}))
        return Progress(checkpoint.position, self._epochs.get(projection, 0), parked)

    async def apply(self, step: Step) -> None:
        checkpoint = self._checkpoint(step.projection)
        if checkpoint.position != step.after:
            raise LeaseLost(f"{step.projection}: the checkpoint is at {checkpoint.position}")
        if self._epochs.get(step.projection, 0) != step.epoch:
            raise ParkedChanged(f"{step.projection}: a parked stream was replayed")
        plan = self._plan(step.changes)
        parked = dict(self._parked.get(step.projection, {}))
        for stream, revision in step.held.items():
            parked[stream] = replace(parked[stream], last_revision=revision)
        parked.update({one.stream: one for one in step.parked})
        self._put_in_place(plan)
        self._parked[step.projection] = parked
        recorded_at = step.recorded_at or checkpoint.recorded_at
        self._checkpoints[step.projection] = replace(
            checkpoint, position=step.position, recorded_at=recorded_at
        )

    async def parked(self, projection: str) -> list[ParkedStream]:
        parked = self._parked.get(projection, {})
        return sorted(parked.values(), key=lambda one: one.position)

    async def replay(self, replay: Replay) -> None:
        parked = dict(self._parked.get(replay.projection, {}))
        found = parked.pop(replay.stream, None)
        if found is None or found.last_revision != replay.last_revision:
            raise ParkedChanged(f"{replay.stream} is not parked as it was read")
        plan = self._plan(replay.changes)
        self._put_in_place(plan)
        self._parked[replay.projection] = parked
        self._epochs[replay.projection] = self._epochs.get(replay.projection, 0) + 1

    def rows(self, table: Table) -> list[dict[str, Any]]:
        """Copies, in the order of their keys' first arrival."""
        return [dict(row) for row in self._tables.get(table.name, {}).values()]

    def row(self, table: Table, key: Key) -> dict[str, Any] | None:
        found = self._tables.get(table.name, {}).get(key)
        return None if found is None else dict(found)

    def change(self, changes: Iterable[Change]) -> None:
        """Rows that are not a projection's own, such as what a worker put off."""
        self._put_in_place(self._plan(changes))

    def checkpoints(self) -> list[ProjectionRow]:
        return [self._checkpoints[name] for name in sorted(self._checkpoints)]

    def _checkpoint(self, projection: str) -> ProjectionRow:
        start = ProjectionRow(
            projection=projection, position=BEFORE_FIRST, recorded_at=None, parked=()
        )
        return self._checkpoints.get(projection, start)

    def _plan(self, changes: Iterable[Change]) -> Plan:
        """Everything that may fail happens here. Raises RowsRefused."""
        try:
            return {one.table.name: self._planned(one) for one in collapse(changes)}
        except (KeyError, TypeError, ValueError) as wrong:
            raise RowsRefused(f"a row is not of its table's shape: {wrong!r}") from wrong

    def _planned(self, changes: TableChanges) -> dict[Key, Row | None]:
        table = changes.table
        rows = self._tables.get(table.name, {})
        planned: dict[Key, Row | None] = dict.fromkeys(changes.removed)
        for key, row in changes.rows.items():
            stored = None if key in planned else rows.get(key)
            planned[key] = storable_row(
                table, row if stored is None else merged(table, stored, row)
            )
        for prune in changes.prunes:
            for key, old in ({**rows, **planned}).items():
                if old is not None and _before(old[prune.column], prune.before):
                    planned[key] = None
        return planned

    def _put_in_place(self, plan: Plan) -> None:
        for name, planned in plan.items():
            rows = self._tables.setdefault(name, {})
            for key, row in planned.items():
                if row is None:
                    rows.pop(key, None)
                else:
                    rows[key] = row


def storable_row(table: Table, row: Row) -> Row:
    """A copy that shares nothing with the projector. Raises KeyError, TypeError or ValueError for
    what no database would take either."""
    return {column.name: _stored(column.kind, row[column.name]) for column in table.columns}


def _stored(kind: str, value: Value) -> Value:
    if kind == "text" and isinstance(value, str) and "\x00" in value:
        raise ValueError("a text holds a NUL")
    if kind == "json" and value is not None:
        copied: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(value))
        return copied
    return value


def _before(value: Any, bound: Any) -> bool:
    before: bool = value < bound
    return before
