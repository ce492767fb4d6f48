"""A schema that holds one version of the read models, as statements name it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from psycopg import sql

from projections.former import Columns
from projections.versions import schema_name

VERSIONS: Final = sql.Identifier("read_models", "version")
SWEEPS: Final = sql.Identifier("read_models", "sweep")
WORKERS: Final = sql.Identifier("read_models", "worker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """`columns`: those of a schema that an older program made, None where all are there. `still`:
    a condition that holds as long as this is the schema to be read."""

    name: str
    columns: Columns | None
    still: sql.Composable

    def table(self, name: str) -> sql.Identifier:
        return sql.Identifier(self.name, name)

    def select(self, table: str, columns: Iterable[str]) -> sql.Composed:
        """The columns of a question, NULL for one that came later than the schema."""
        there = None if self.columns is None else self.columns.get(table, frozenset())
        return sql.SQL(", ").join(
            sql.Identifier(one)
            if there is None or one in there
            else sql.SQL("NULL AS {}").format(sql.Identifier(one))
            for one in columns
        )


Find: TypeAlias = Callable[[], Awaitable[Schema]]  # raises ReadModelsUnavailable


def always(name: str) -> Find:
    """One schema, whatever is switched."""
    schema = Schema(name=name, columns=None, still=sql.SQL("true"))

    async def find() -> Schema:
        return schema

    return find


def process_name(number: int) -> str:
    """How the server lists the connections of a process whose newest version this is."""
    return f"interlock {schema_name(number)}"
