"""Leases, and the tenure of a projection: who hangs or is frozen is followed by another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest

from adapters.read_models.memory import MemoryLeases, MemoryReadModels
from adapters.read_models.postgres import PostgresLeases, open_pool, prepare
from adapters.read_models.tenure import Hung, Tenure
from domain.log import BEFORE_FIRST, Position
from projections.failures import LeaseLost, LogUnavailable, ReadModelsUnavailable
from projections.leases import LEASE_S
from projections.ports import Batch, Feed, Step
from projections.recovery import Recovery
from projections.runner import Runner
from tests.projections.fake_log import FakeLog
from tests.projections.leases_contract import NAME, Kept, LeasesContract
from tests.projections.running import feed_of

PATIENCE_S = 30.0


class TestMemoryLeases(LeasesContract):
    @pytest.fixture
    async def kept(self) -> Kept:
        now = 1_000_000.0

        async def pass_s(seconds: float) -> None:
            nonlocal now
            now += seconds

        return Kept(leases=MemoryLeases(lambda: now), pass_s=pass_s)


@pytest.mark.slow
class TestPostgresLeases(LeasesContract):
    """The rows are made older, for the server's clock is everybody's."""

    @pytest.fixture
    async def kept(self, database_dsn: str) -> AsyncIterator[Kept]:
        await prepare(database_dsn, own=1)

        async def pass_s(seconds: float) -> None:
            async with await psycopg.AsyncConnection.connect(database_dsn) as connection:
                older = "UPDATE read_models.lease SET ends_at = ends_at - %s"
                await connection.execute(older, (timedelta(seconds=seconds),))

        async with open_pool(database_dsn) as pool:
            other = PostgresLeases(pool, schema="rm_v2")
            assert await other.take(NAME, "somebody's of another version")
            yield Kept(leases=PostgresLeases(pool, schema="rm_v1"), pass_s=pass_s)


class Watched(MemoryLeases):
    """By a clock that a test moves; tells when one was renewed."""

    def __init__(self) -> None:
        super().__init__(lambda: self.now)
        self.now = 0.0
        self._renewed = asyncio.Event()

    async def renew(self, projection: str, holder: str) -> bool:
        self._renewed.set()
        return await super().renew(projection, holder)

    async def next_renewal(self) -> None:
        self._renewed.clear()
        async with asyncio.timeout(PATIENCE_S):
            await self._renewed.wait()


async def nowhere() -> Position:
    return BEFORE_FIRST


async def ahead() -> Position:
    return 1_000


def tenure(leases: MemoryLeases, **changes: object) -> Tenure:
    quick = Tenure(leases=leases, head=nowhere, lease_s=0.2, renew_every_s=0.01, look_again_s=0.01)
    return replace(quick, **changes)  # type: ignore[arg-type]


def silent() -> tuple[Feed, asyncio.Event]:
    """A feed that brings nothing; and when somebody has begun to wait for it."""
    waited_for = asyncio.Event()

    async def batches(after: Position) -> AsyncGenerator[Batch, None]:
        waited_for.set()
        await asyncio.Event().wait()
        yield Batch(events=(), position=after, idle=True)

    return batches, waited_for


def recovering() -> Runner:
    return Runner(Recovery(), MemoryReadModels())


async def test_who_has_nothing_to_do_keeps_its_lease() -> None:
    leases, (feed, begun) = Watched(), silent()
    running = asyncio.create_task(tenure(leases, lease_s=PATIENCE_S).run(recovering(), feed))
    await begun.wait()
    for _ in range(3):
        await leases.next_renewal()
        leases.now += 0.6 * LEASE_S
        assert not await leases.take(NAME, "another")
    running.cancel()
    await asyncio.wait({running})
    assert await leases.take(NAME, "the next")  # given back


async def test_who_does_not_get_on_loses_its_lease() -> None:
    """Something waits in the log, and nothing is done about it."""
    leases, (feed, _) = Watched(), silent()
    with pytest.raises(LeaseLost, match="did not get on"):
        await tenure(leases, head=ahead).run(recovering(), feed)
    assert await leases.take(NAME, "the next")


async def test_whose_log_does_not_answer_does_not_get_on() -> None:
    async def no_answer() -> Position:
        raise LogUnavailable("down")

    feed, _ = silent()
    with pytest.raises(LeaseLost, match="did not get on"):
        await tenure(Watched(), head=no_answer).run(recovering(), feed)


async def test_who_gets_on_slowly_keeps_its_lease() -> None:
    """One event for each renewal, and the head is always ahead."""
    leases, log = Watched(), FakeLog()
    for _ in range(5):
        log.ignored()

    async def slowly(after: Position) -> AsyncGenerator[Batch, None]:
        async for batch in feed_of(log, size=1)(after):
            yield batch
            await leases.next_renewal()

    await tenure(leases, head=ahead, lease_s=PATIENCE_S).run(recovering(), slowly)


async def test_who_lost_it_to_another_stops() -> None:
    leases, (feed, begun) = Watched(), silent()
    running = asyncio.create_task(tenure(leases).run(recovering(), feed))
    await begun.wait()
    leases.now += 100.0
    assert await leases.take(NAME, "another")
    with pytest.raises(LeaseLost, match="another process"):
        await running
    assert not await leases.take(NAME, "a third")


async def test_the_next_begins_when_the_lease_has_run_out() -> None:
    leases, (feed, begun) = Watched(), silent()
    assert await leases.take(NAME, "one who is frozen")
    running = asyncio.create_task(tenure(leases).run(recovering(), feed))
    await asyncio.sleep(0)
    assert not begun.is_set()
    leases.now += 100.0
    async with asyncio.timeout(PATIENCE_S):
        await begun.wait()
    running.cancel()
    await asyncio.wait({running})


class Unreachable(MemoryLeases):
    """Renews nothing any more."""

    async def renew(self, projection: str, holder: str) -> bool:
        raise ReadModelsUnavailable("down")


async def test_who_cannot_renew_it_stops_before_another_may_begin() -> None:
    feed, _ = silent()
    with pytest.raises(LeaseLost, match="did not get on"):
        await tenure(Unreachable(lambda: 0.0)).run(recovering(), feed)


async def test_what_a_runner_raises_is_passed_on_and_the_lease_given_back() -> None:
    class Down(MemoryReadModels):
        async def apply(self, step: Step) -> None:
            raise ReadModelsUnavailable("down")

    leases, log = Watched(), FakeLog()
    log.ignored()
    with pytest.raises(ReadModelsUnavailable):
        await tenure(leases).run(Runner(Recovery(), Down()), feed_of(log))
    assert await leases.take(NAME, "the next")


async def test_who_does_not_end_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.read_models.tenure.STOPPED_S_MAX", 0.01)
    let_go = asyncio.Event()

    async def deaf(after: Position) -> AsyncGenerator[Batch, None]:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue
        yield Batch(events=(), position=after, idle=True)

    with pytest.raises(Hung):
        await tenure(Watched(), head=ahead).run(recovering(), deaf)
    let_go.set()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)
