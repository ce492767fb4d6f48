"""Folds the changes of a batch into one change per row, so that a store writes each row once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from projections.tables import Change, Key, Prune, Put, Remove, Row, Table, Value


@dataclass(slots=True)
class TableChanges:
    """Applied in this order: `removed`, `rows` (each key once), `prunes`."""

    table: Table
    removed: dict[Key, None] = field(default_factory=dict)
    rows: dict[Key, Row] = field(default_factory=dict)
    prunes: list[Prune] = field(default_factory=list)


def collapse(changes: Iterable[Change]) -> list[TableChanges]:
    """One entry per table, in the order of first mention. Raises KeyError for a row that lacks a
    column of its table."""
    found: dict[str, TableChanges] = {}
    for change in changes:
        table = change.table
        into = found.get(table.name) or found.setdefault(table.name, TableChanges(table))
        match change:
            case Put(row=row):
                key = table.key_of(row)
                stored = into.rows.get(key)
                into.rows[key] = row if stored is None else merged(table, stored, row)
            case Remove(key=key):
                into.removed[key] = None
                into.rows.pop(key, None)
            case Prune():
                into.prunes.append(change)
    return list(found.values())


def merged(table: Table, stored: Row, row: Row) -> Row:
    """The stored row after `row` was put on it."""
    return {
        column.name: _MERGES[column.merge](stored[column.name], row[column.name])
        for column in table.columns
    }


def _latest(stored: Any, value: Any) -> Value:
    latest: Value = max((one for one in (stored, value) if one is not None), default=None)
    return latest


def _sum(stored: Any, value: Any) -> Value:
    total: Value = stored + value
    return total


def _new(stored: Value, value: Value) -> Value:
    return value


_MERGES = {"replace": _new, "add": _sum, "latest": _latest}
