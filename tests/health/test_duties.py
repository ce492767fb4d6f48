"""A duty that does not get on is found; one that fails and is tried again gets on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import cast

import pytest
from prometheus_client import CollectorRegistry

from adapters.read_models.memory.leases import MemoryLeases
from adapters.read_models.memory.store import MemoryReadModels
from adapters.read_models.tenure import Tenure
from adapters.read_models.worker import BackOff, keep_projecting
from adapters.read_models.workers import WorkerSeen, keep_telling
from api.health.duties import SILENT_S_MAX, Duties
from api.processes.recovery_loop import keep_recovering
from application.recovery.worker import RecoveryWorker
from domain.due import DueStream
from domain.log import Position
from projections.failures import LogUnavailable, ReadModelsUnavailable
from projections.ports import Batch
from projections.recovery import Recovery
from projections.runner import Runner
from tests.health.test_checks import Clock
from tests.processes.test_recovery_loop import DUE

AT_ONCE = BackOff(first_s=0.0, max_s=0.0)


def test_a_duty_stands_still_when_it_has_told_nothing_for_too_long() -> None:
    clock, registry = Clock(), CollectorRegistry()
    duties = Duties(clock)
    duties.count_in(registry)
    with duties.held("recovery", silent_s_max=60.0), duties.held("rows") as rows_get_on:
        clock.now = SILENT_S_MAX + 1
        assert duties.standing_still() == {"rows": SILENT_S_MAX + 1}
        assert registry.get_sample_value("interlock_duties_standing_still") == 1.0
        rows_get_on()
        assert duties.standing_still() == {}
        clock.now = 61.0
        assert set(duties.standing_still()) == {"recovery"}
    assert duties.standing_still() == {}


def test_a_duty_that_was_begun_again_is_ended_by_its_second_end() -> None:
    clock = Clock()
    duties = Duties(clock)
    first, second = duties.held("rows"), duties.held("rows")
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    clock.now = SILENT_S_MAX + 1
    assert set(duties.standing_still()) == {"rows"}
    second.__exit__(None, None, None)
    assert duties.standing_still() == {}


class Heard:
    """How often a duty said that it gets on."""

    def __init__(self, enough: int) -> None:
        self.times, self._enough, self.is_enough = 0, enough, asyncio.Event()

    def __call__(self) -> None:
        self.times += 1
        if self.times >= self._enough:
            self.is_enough.set()


async def until_heard(heard: Heard, task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(30):
        await heard.is_enough.wait()
    task.cancel()
    await asyncio.wait({task})


async def away(after: Position) -> AsyncGenerator[Batch, None]:
    if after >= 0:  # which it never is here
        yield Batch(events=(), position=after, idle=True)
    raise LogUnavailable("away")


async def nothing_comes(after: Position) -> AsyncGenerator[Batch, None]:
    await asyncio.Event().wait()
    yield Batch(events=(), position=after, idle=True)


async def test_a_projection_whose_log_is_away_gets_on() -> None:
    heard, runner = Heard(3), Runner(Recovery(), MemoryReadModels())
    running = keep_projecting(runner, away, back_off=AT_ONCE, gets_on=heard)
    await until_heard(heard, asyncio.create_task(running))


async def test_a_projection_that_stands_by_for_another_worker_gets_on() -> None:
    leases, heard = MemoryLeases(lambda: 0.0), Heard(3)
    assert await leases.take("recovery", "another")

    async def head() -> Position:
        return -1

    tenure = Tenure(leases=leases, head=head, look_again_s=0.0)
    runner = Runner(Recovery(), MemoryReadModels())
    running = keep_projecting(runner, nothing_comes, tenure=tenure, gets_on=heard)
    await until_heard(heard, asyncio.create_task(running))


async def test_a_projection_that_hangs_over_what_waits_does_not_get_on() -> None:
    looks, heard = Heard(5), Heard(1)

    async def head() -> Position:
        looks()
        return 7

    tenure = Tenure(leases=MemoryLeases(lambda: 0.0), head=head, lease_s=1e9, renew_every_s=0.0)
    runner = Runner(Recovery(), MemoryReadModels())
    running = keep_projecting(runner, nothing_comes, tenure=tenure, gets_on=heard)
    await until_heard(looks, asyncio.create_task(running))
    assert heard.times <= 1  # what it did before it hung


class Hands:
    """A worker whose payments end only when they are let go."""

    def __init__(self) -> None:
        self.let_go, self.full = asyncio.Event(), asyncio.Event()

    async def due(self, limit: int, *, share: int) -> list[DueStream]:
        return [DUE]

    async def take_up(self, due: DueStream) -> bool:
        self.full.set()
        return await self.let_go.wait()


async def test_recovery_with_full_hands_gets_on_only_when_one_becomes_free() -> None:
    hands, heard = Hands(), Heard(2)
    looping = asyncio.create_task(
        keep_recovering(cast(RecoveryWorker, hands), share=1, gets_on=heard)
    )
    async with asyncio.timeout(30):
        await hands.full.wait()
    hands.let_go.set()
    await until_heard(heard, looping)


class Rows:
    """A Workers."""

    def __init__(self) -> None:
        self.told, self.is_away, self.has_ended = 0, False, False
        self.is_told_often = asyncio.Event()

    async def got_on(self, owner: str) -> None:
        self.told += 1
        if self.told == 3:
            self.is_told_often.set()
        if self.is_away:
            raise ReadModelsUnavailable("away")

    async def ended(self, owner: str) -> None:
        self.has_ended = True

    async def seen(self) -> list[WorkerSeen]:
        return []


async def test_a_worker_that_stands_still_tells_nothing_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    rows, still, looks = Rows(), {"recovery"}, 0
    enough = asyncio.Event()

    def standing_still() -> set[str]:
        nonlocal looks
        looks += 1
        if looks == 5:
            still.clear()
        if looks == 10:
            enough.set()
        return set(still)

    telling = asyncio.create_task(keep_telling(rows, "worker-1", standing_still, every_s=0))
    async with asyncio.timeout(30):
        await enough.wait()
    telling.cancel()
    await asyncio.wait({telling})

    assert rows.told in (5, 6)
    assert rows.has_ended
    assert [one.getMessage() for one in caplog.records] == [
        "this worker stands still: recovery",
        "this worker gets on again",
    ]


async def test_rows_that_are_away_do_not_end_it() -> None:
    rows = Rows()
    rows.is_away = True
    telling = asyncio.create_task(keep_telling(rows, "worker-1", set, every_s=0))
    async with asyncio.timeout(30):
        await rows.is_told_often.wait()
    telling.cancel()
    await asyncio.wait({telling})
    assert telling.cancelled()
