"""The two homes of read models, as the contract suites see them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from psycopg import sql
from psycopg.rows import dict_row

from adapters.read_models.memory import (
    MemoryQueries,
    MemoryReadModels,
    MemoryWaits,
    MemoryWorkList,
)
from adapters.read_models.postgres import (
    PostgresQueries,
    PostgresReadModels,
    PostgresWaits,
    PostgresWorkList,
    always,
    migrate,
    open_pool,
)
from application.ports.work_list import WorkList
from projections.ports import ReadModelStore
from projections.queries import Queries, Waits
from projections.recovery.sweep import WorkRows
from projections.tables import Table

_schemas: Final = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """`rows`: everything in a table, by key."""

    store: ReadModelStore
    queries: Queries
    waits: Waits
    work_list: WorkList
    listed: WorkRows
    rows: Callable[[Table], Awaitable[dict[Any, dict[str, Any]]]]


def memory_models() -> Models:
    store = MemoryReadModels()

    async def rows(table: Table) -> dict[Any, dict[str, Any]]:
        return {table.key_of(row): row for row in store.rows(table)}

    return Models(
        store=store,
        queries=MemoryQueries(store),
        waits=MemoryWaits(store, waiting_max=3),
        work_list=MemoryWorkList(store),
        listed=MemoryWorkList(store),
        rows=rows,
    )


@asynccontextmanager
async def postgres_models(dsn: str) -> AsyncIterator[Models]:
    """In a schema of their own, in a database that may be shared."""
    schema = f"rm_test_{next(_schemas)}"
    find = always(schema)
    await migrate(dsn, schema=schema)
    async with open_pool(dsn, connections_max=4) as pool:

        async def rows(table: Table) -> dict[Any, dict[str, Any]]:
            columns = sql.SQL(", ").join(sql.Identifier(one.name) for one in table.columns)
            named = sql.Identifier(schema, table.name)
            async with pool.connection() as connection:
                cursor = connection.cursor(row_factory=dict_row)
                await cursor.execute(sql.SQL("SELECT {} FROM {}").format(columns, named))
                return {table.key_of(row): row for row in await cursor.fetchall()}

        yield Models(
            store=PostgresReadModels(pool, schema=schema),
            queries=PostgresQueries(pool, schema=find),
            waits=PostgresWaits(pool, schema=find, waiting_max=3),
            work_list=PostgresWorkList(pool, schema=find),
            listed=PostgresWorkList(pool, schema=find),
            rows=rows,
        )
