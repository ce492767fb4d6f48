"""Rows as an older version of the read models said them, so that it can be fed by a newer program.

Without an entry a row goes into the older version as it is today, in the columns that are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeAlias

from domain.log import RecordedEvent
from projections.ports import Projector
from projections.tables import Change, Prune, Put, Remove, Row, Table

Columns: TypeAlias = Mapping[str, frozenset[str]]  # by table, as an older schema has them
Former: TypeAlias = Callable[[Row], Row]

# By version and table: what a row of the version after it said in this one. Optional, as a courtesy
# to whoever still reads the older version; an entry goes when its version is nobody's any more.
FORMER: Final[Mapping[int, Mapping[str, Former]]] = {}


class AsBefore:
    """A Projector that says what another one says as version `number` said it."""

    def __init__(
        self,
        projector: Projector,
        number: int,
        *,
        own: int,
        columns: Columns,
        former: Mapping[int, Mapping[str, Former]] = FORMER,
    ) -> None:
        self._projector, self._columns = projector, columns
        self._steps = [former.get(one, {}) for one in range(own - 1, number - 1, -1)]
        self._tables: dict[str, Table] = {}
        self.name = projector.name
        self.keep = projector.keep
        self.forget = projector.forget

    async def project(self, event: RecordedEvent) -> Sequence[Change]:
        changes = await self._projector.project(event)
        return [self._before(one) for one in changes if one.table.name in self._columns]

    def _before(self, change: Change) -> Change:
        table = self._narrowed(change.table)
        match change:
            case Put(row=row):
                for step in self._steps:
                    row = step[table.name](row) if table.name in step else row
                return Put(table, row)
            case Remove(key=key):
                return Remove(table, key)
            case Prune():
                return replace(change, table=table)

    def _narrowed(self, table: Table) -> Table:
        if table.name not in self._tables:
            there = self._columns[table.name]
            kept = tuple(one for one in table.columns if one.name in there)
            self._tables[table.name] = replace(table, columns=kept)
        return self._tables[table.name]
