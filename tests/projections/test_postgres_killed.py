"""The server of the read models dies in the middle: nothing is doubled, nothing is missing."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from adapters.read_models.feed import feed_from
from adapters.read_models.postgres import PostgresLeases, open_pool, prepare
from adapters.read_models.postgres.pool import Pool, spoken
from adapters.read_models.tenure import Tenure
from adapters.read_models.worker import BackOff, keep_projecting
from adapters.servers.postgres import PostgresFolder
from projections.failures import ReadModelsUnavailable
from projections.runner import Runner
from tests.projections.fake_log import FakeLog, interleaved
from tests.projections.histories import LIVES, Life
from tests.projections.models import Models, memory_models, postgres_models
from tests.projections.running import TABLES, project_all, projectors
from tests.support.postgres import server_folder

pytestmark = pytest.mark.slow

LIVES_TOLD = 60
GIVES_UP_S = 30.0
KILLED_AFTER = (40, 200)  # events that were projected


@pytest.fixture
def folder() -> Iterator[Path]:
    made = server_folder()
    yield made
    shutil.rmtree(made, ignore_errors=True)


class Pulse:
    """Sets an event when so many events were projected."""

    def __init__(self, goals: tuple[int, ...]) -> None:
        self.reached = {goal: asyncio.Event() for goal in goals}

    def applied(self, projection: str, *, events: int, position: int) -> None:
        for goal, event in self.reached.items():
            if position // 7 >= goal:
                event.set()

    def parked(self, projection: str, parked: object) -> None:
        raise AssertionError(f"{projection} parked {parked}")

    def foreign(self, projection: str, event: object) -> None:
        raise AssertionError(f"{projection} takes {event} for another application's")


def everything() -> FakeLog:
    kinds = [LIVES[number % len(LIVES)] for number in range(LIVES_TOLD)]
    return interleaved([(Life(n), kind(Life(n))) for n, kind in enumerate(kinds)])


async def tables(models: Models) -> dict[str, object]:
    return {table.name: await models.rows(table) for table in TABLES}


async def test_a_pool_without_a_server_for_long_connects_as_soon_as_it_is_asked(
    folder: Path,
) -> None:
    """It tried by itself, at first after 1 s, then 2, 4, 8: minutes after a long outage the read
    models were still away."""
    server = PostgresFolder(folder).start()
    async with open_pool(server.ensure_database()) as pool:
        os.kill(server.pid, signal.SIGKILL)
        async with asyncio.timeout(GIVES_UP_S):
            while pool.get_stats()["pool_size"]:
                with suppress(ReadModelsUnavailable):  # or by what is left of the dead server
                    await asked(pool)
        with PostgresFolder(folder).running():
            await asked(pool)


async def asked(pool: Pool) -> None:
    with spoken():
        async with pool.connection(timeout=1.0) as connection:
            await connection.execute("SELECT 1")


async def test_a_server_killed_twice_ends_with_the_same_rows(folder: Path) -> None:
    log, pulse = everything(), Pulse(KILLED_AFTER)
    measure = memory_models()
    await project_all(log, measure.store, size=1_000)
    server = PostgresFolder(folder).start()
    dsn = server.ensure_database()
    feed = feed_from(lambda after: log.subscribe(after=after), batch_events_max=5)
    await prepare(dsn, own=1)
    async with postgres_models(dsn) as models, open_pool(dsn) as pool:
        tenure = Tenure(leases=PostgresLeases(pool, schema="rm_any"), head=log.head)
        async with asyncio.TaskGroup() as running:
            for projector in projectors(log):
                running.create_task(
                    keep_projecting(
                        Runner(projector, models.store, observer=pulse),
                        feed,
                        tenure=tenure,
                        back_off=BackOff(first_s=0.05, max_s=0.2),
                    )
                )
            for goal in KILLED_AFTER:
                await pulse.reached[goal].wait()
                os.kill(server.pid, signal.SIGKILL)
                server = await asyncio.to_thread(PostgresFolder(folder).start)
        found = await tables(models)
    server.stop()
    assert found == await tables(measure)
