"""The read models of one database as a process opens them: one place that knows which version its
program makes, and which is to be read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from adapters.read_models.postgres.migrating import prepare
from adapters.read_models.postgres.pool import Pool, open_pool
from adapters.read_models.postgres.queries import PostgresQueries
from adapters.read_models.postgres.schema import process_name
from adapters.read_models.postgres.serving import ASK_AGAIN_S, Serving
from adapters.read_models.postgres.versions import PostgresVersions
from adapters.read_models.postgres.waits import PostgresWaits
from adapters.read_models.postgres.work_list import PostgresWorkList
from projections.catalogue import PROJECTIONS
from projections.versions import VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadModels:
    """`queries`, `waits` and `work_list` read the version that is to be read, whatever is
    switched meanwhile."""

    dsn: str
    pool: Pool
    queries: PostgresQueries
    waits: PostgresWaits
    work_list: PostgresWorkList
    versions: PostgresVersions


@asynccontextmanager
async def open_home(
    dsn: str, *, own: int = VERSION, ask_again_s: float = ASK_AGAIN_S
) -> AsyncIterator[ReadModels]:
    """`own`: the newest version that this program knows; its tables are brought up to date first.
    `ask_again_s`: so much later than a switch the old version may still be read. Raises
    ReadModelsUnavailable, EditedMigration, psycopg.Error."""
    await prepare(dsn, own=own)
    async with open_pool(dsn, name=process_name(own)) as pool:
        serving = Serving(pool, own=own, ask_again_s=ask_again_s)
        yield ReadModels(
            dsn=dsn,
            pool=pool,
            queries=PostgresQueries(pool, schema=serving),
            waits=PostgresWaits(pool, schema=serving),
            work_list=PostgresWorkList(pool, schema=serving),
            versions=PostgresVersions(pool, own=own, projections=tuple(PROJECTIONS)),
        )
