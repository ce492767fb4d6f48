"""What only PostgreSQL has: migrations, connections that fail, processes that freeze in them."""

from __future__ import annotations

import asyncio
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from adapters.read_models.postgres import (
    EditedMigration,
    PostgresReadModels,
    migrate,
    open_pool,
)
from adapters.read_models.postgres.migrating import _alone
from projections.failures import ReadModelsUnavailable
from projections.ports import Step

pytestmark = pytest.mark.slow

FILES = sorted(
    one.name
    for one in files("adapters.read_models.migrations").iterdir()
    if one.name.endswith(".sql")
)


async def test_a_schema_is_migrated_once_and_by_one(database_dsn: str) -> None:
    applied = await asyncio.gather(*(migrate(database_dsn, schema="rm_a") for _ in range(4)))
    assert sorted(applied, key=len) == [[], [], [], FILES]
    assert await migrate(database_dsn, schema="rm_b") == FILES


async def test_an_edited_migration_is_refused(database_dsn: str) -> None:
    await migrate(database_dsn, schema="rm_a")
    with psycopg.connect(database_dsn) as connection:
        connection.execute("UPDATE rm_a.schema_migrations SET sha256 = 'other'")
    with pytest.raises(EditedMigration, match=r"0001_read_models\.sql was edited"):
        await migrate(database_dsn, schema="rm_a")


async def test_a_migration_that_fails_leaves_nothing(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = [("0001_half.sql", "CREATE TABLE half (n int); SELECT 1 / 0;")]
    monkeypatch.setattr(
        "adapters.read_models.postgres.migrating._migrations", lambda folder: iter(half)
    )
    with pytest.raises(psycopg.errors.DivisionByZero):
        await migrate(database_dsn, schema="rm_a")
    with psycopg.connect(database_dsn) as connection:
        found = connection.execute("SELECT to_regclass('rm_a.half')").fetchone()
    assert found == (None,)


async def test_a_killed_connection_interrupts_and_the_next_one_works(database_dsn: str) -> None:
    await migrate(database_dsn, schema="rm_a")
    async with open_pool(database_dsn, connections_max=1) as pool:
        store = PostgresReadModels(pool, schema="rm_a")
        await store.progress("recovery")
        with psycopg.connect(database_dsn, autocommit=True) as other:
            end_all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> "
            other.execute(end_all + "pg_backend_pid() AND datname = current_database()")
        step = Step(projection="recovery", after=-1, epoch=0, position=10, recorded_at=None)
        await store.apply(step)
        assert (await store.progress("recovery")).position == 10


async def test_a_missing_schema_is_no_poison(database_dsn: str) -> None:
    async with open_pool(database_dsn, connections_max=1) as pool:
        with pytest.raises(ReadModelsUnavailable, match="UndefinedTable"):
            await PostgresReadModels(pool, schema="rm_missing").progress("recovery")


async def test_a_server_that_is_not_there_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.read_models.postgres.pool.CONNECT_TIMEOUT_S", 0.2)
    with pytest.raises(ReadModelsUnavailable):
        async with open_pool(f"host={tmp_path} dbname=none"):
            pytest.fail("it opened")


async def test_who_freezes_with_a_checkpoint_holds_up_nobody(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(database_dsn, schema="rm_a")
    step = Step(projection="recovery", after=-1, epoch=0, position=10, recorded_at=None)
    async with open_pool(database_dsn, connections_max=1) as pool:
        store = PostgresReadModels(pool, schema="rm_a")
        await store.progress("recovery")
        # Only who freezes has so little time: who waits for him began a moment later than he did.
        monkeypatch.setattr("adapters.read_models.postgres.pool.TRANSACTION_S_MAX", 1)
        async with open_pool(database_dsn) as frozen, frozen.connection() as connection:
            await connection.execute("BEGIN")
            await connection.execute("SELECT FROM rm_a.projection_checkpoint FOR UPDATE")
            await store.apply(step)
            with pytest.raises(psycopg.Error):
                await connection.execute("SELECT 1")
        assert (await store.progress("recovery")).position == 10


async def test_who_freezes_in_a_migration_holds_up_nobody(
    database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.read_models.postgres.migrating.IDLE_S_MAX", 1)
    async with _alone(database_dsn) as frozen, asyncio.timeout(30):
        assert await migrate(database_dsn, schema="rm_a") == FILES
        with pytest.raises(psycopg.Error):
            await frozen.execute("SELECT 1")
