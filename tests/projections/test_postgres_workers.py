"""Workers as rows: who gets on, who does not, who has ended, and who is forgotten."""

from __future__ import annotations

import asyncio

import pytest

from adapters.read_models.postgres import open_home
from adapters.read_models.postgres.workers import PostgresWorkers
from adapters.read_models.workers import AWAY_S, WorkerSeen

pytestmark = pytest.mark.slow


async def test_who_tells_gets_on_until_it_ends(database_dsn: str) -> None:
    async with open_home(database_dsn) as home:
        workers = PostgresWorkers(home.pool)
        assert await workers.seen() == []
        for owner in ("worker-1", "worker-2", "worker-1"):
            await workers.got_on(owner)
        seen = await workers.seen()
        assert [(one.owner, one.gets_on) for one in seen] == [
            ("worker-1", True),
            ("worker-2", True),
        ]
        await workers.ended("worker-1")
        await workers.ended("worker-1")
        assert [one.owner for one in await workers.seen()] == ["worker-2"]


async def test_who_is_silent_for_too_long_is_forgotten_by_the_next(database_dsn: str) -> None:
    async with open_home(database_dsn) as home:
        await PostgresWorkers(home.pool).got_on("worker-1")
        await asyncio.sleep(0)
        await PostgresWorkers(home.pool, kept_s=0.0).got_on("worker-2")
        assert [one.owner for one in await PostgresWorkers(home.pool).seen()] == ["worker-2"]


async def test_a_clock_that_was_set_back_makes_nobody_younger_than_now(database_dsn: str) -> None:
    async with open_home(database_dsn) as home:
        await PostgresWorkers(home.pool).got_on("worker-1")
        async with home.pool.connection() as connection:
            await connection.execute(
                "UPDATE read_models.worker SET got_on_at = now() + interval '1 hour'"
            )
        assert [one.silent_s for one in await PostgresWorkers(home.pool).seen()] == [0.0]


def test_silence_has_a_bound() -> None:
    assert WorkerSeen(owner="worker-1", silent_s=AWAY_S).gets_on
    assert not WorkerSeen(owner="worker-1", silent_s=AWAY_S + 0.1).gets_on
