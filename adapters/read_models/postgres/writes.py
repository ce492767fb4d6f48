"""One statement per table and batch: rows go in as arrays, one per column.

Arrays are sent in binary (`%b`): as text, every quote of a JSON document costs an escape.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec
from psycopg import sql

from adapters.read_models.postgres.pool import Connection
from projections.collapse import TableChanges, collapse
from projections.failures import RowsRefused
from projections.tables import Change, Column, Row, Table

_ARRAYS: Final = {
    "text": sql.SQL("text[]"),
    "int": sql.SQL("int8[]"),
    "time": sql.SQL("timestamptz[]"),
    "uuid": sql.SQL("uuid[]"),
    "json": sql.SQL("text[]"),
}
_MERGES: Final = {
    "replace": sql.SQL("excluded.{column}"),
    "add": sql.SQL("stored.{column} + excluded.{column}"),
    "latest": sql.SQL("greatest(stored.{column}, excluded.{column})"),
}


class Writer:
    """Writes changes into the tables of one schema, inside the caller's transaction."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._puts: dict[str, sql.Composed] = {}
        self._removes: dict[str, sql.Composed] = {}

    async def write(self, connection: Connection, changes: Iterable[Change]) -> None:
        """Raises RowsRefused, psycopg.Error."""
        try:
            tables = collapse(changes)
        except (KeyError, TypeError, ValueError) as wrong:
            raise RowsRefused(f"a row is not of its table's shape: {wrong!r}") from wrong
        for one in tables:
            await self._write_table(connection, one)

    async def _write_table(self, connection: Connection, changes: TableChanges) -> None:
        table = changes.table
        if changes.removed:
            keys = [list(values) for values in zip(*changes.removed, strict=True)]
            await connection.execute(self._remove(table), keys)
        if changes.rows:
            await connection.execute(self._put(table), arrays(table, list(changes.rows.values())))
        for prune in changes.prunes:
            statement = sql.SQL("DELETE FROM {} WHERE {} < %s").format(
                self._name(table), sql.Identifier(prune.column)
            )
            await connection.execute(statement, (prune.before,))

    def _put(self, table: Table) -> sql.Composed:
        if table.name not in self._puts:
            self._puts[table.name] = put_statement(self._name(table), table)
        return self._puts[table.name]

    def _remove(self, table: Table) -> sql.Composed:
        if table.name not in self._removes:
            self._removes[table.name] = remove_statement(self._name(table), table)
        return self._removes[table.name]

    def _name(self, table: Table) -> sql.Identifier:
        return sql.Identifier(self._schema, table.name)


def arrays(table: Table, rows: Sequence[Row]) -> list[list[Any]]:
    """One list per column. Raises RowsRefused for a missing column, or what JSON cannot hold."""
    try:
        return [_array(column, rows) for column in table.columns]
    except (KeyError, TypeError) as wrong:
        raise RowsRefused(f"a row is not of its table's shape: {wrong!r}") from wrong


def _array(column: Column, rows: Sequence[Row]) -> list[Any]:
    if column.kind == "json":
        return [msgspec.json.encode(row[column.name]).decode() for row in rows]
    return [row[column.name] for row in rows]


def put_statement(into: sql.Identifier, table: Table) -> sql.Composed:
    names = [sql.Identifier(column.name) for column in table.columns]
    given = sql.SQL(", ").join(
        sql.SQL("%b::{}").format(_ARRAYS[column.kind]) for column in table.columns
    )
    picked = sql.SQL(", ").join(
        sql.SQL("{}::json").format(name) if column.kind == "json" else name
        for column, name in zip(table.columns, names, strict=True)
    )
    merges = sql.SQL(", ").join(
        sql.SQL("{column} = ").format(column=name) + _MERGES[column.merge].format(column=name)
        for column, name in zip(table.columns, names, strict=True)
        if column.name not in table.key
    )
    return sql.SQL(
        "INSERT INTO {into} AS stored ({names}) SELECT {picked} FROM unnest({given}) AS given"
        " ({names}) ON CONFLICT ({key}) DO UPDATE SET {merges}"
    ).format(
        into=into,
        names=sql.SQL(", ").join(names),
        picked=picked,
        given=given,
        key=sql.SQL(", ").join(map(sql.Identifier, table.key)),
        merges=merges,
    )


def remove_statement(into: sql.Identifier, table: Table) -> sql.Composed:
    kinds = {column.name: _ARRAYS[column.kind] for column in table.columns}
    given = sql.SQL(", ").join(sql.SQL("%b::{}").format(kinds[name]) for name in table.key)
    names = sql.SQL(", ").join(map(sql.Identifier, table.key))
    return sql.SQL("DELETE FROM {into} WHERE ({names}) IN (SELECT * FROM unnest({given}))").format(
        into=into, names=names, given=given
    )
