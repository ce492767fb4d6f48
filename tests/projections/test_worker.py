"""A projection that is kept running gets over everything that passes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator

import pytest

from adapters.event_store.memory import MemoryEventStore
from adapters.read_models.feed import feed_from
from adapters.read_models.memory import MemoryLeases, MemoryReadModels, MemoryWaits
from adapters.read_models.progress import GetsOn, unheard
from adapters.read_models.tenure import Hung, Tenure
from adapters.read_models.worker import BackOff, LoggingObserver, keep_projecting
from adapters.surroundings import SystemClock
from domain.log import NO_STREAM, NewEvent
from projections.failures import LeaseLost, ReadModelsUnavailable
from projections.ports import Batch, Feed, Step
from projections.recovery import Recovery
from projections.runner import Runner
from tests.projections.fake_log import FakeLog
from tests.projections.histories import START, Life, captured
from tests.projections.running import feed_of
from tests.projections.store_contract import parked

AT_ONCE = BackOff(first_s=0.0, max_s=0.0)


class Flaky(MemoryReadModels):
    """Raises these, one per step, before it works."""

    def __init__(self, *failures: Exception) -> None:
        super().__init__()
        self.failures = list(failures)

    async def apply(self, step: Step) -> None:
        if self.failures:
            raise self.failures.pop(0)
        await super().apply(step)


async def test_interruptions_are_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    log, life = FakeLog(), Life()
    log.tell(life, captured(life)[:1], recover_after=START)
    store = Flaky(ReadModelsUnavailable("down"), LeaseLost("overtaken"))
    await keep_projecting(Runner(Recovery(), store), feed_of(log), back_off=AT_ONCE)
    assert (await store.progress("recovery")).position == 0
    assert await store.parked("recovery") == []
    told = [one.message for one in caplog.records if one.levelno == logging.WARNING]
    assert told == ["projections are interrupted: recovery: down"]


async def test_a_fault_of_the_program_is_told_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    log = FakeLog()
    log.ignored()
    store = Flaky(ArithmeticError("a fault"))
    runner = Runner(Recovery(), store)
    await keep_projecting(runner, faulty_once(log), back_off=AT_ONCE)
    assert (await store.progress("recovery")).position == 0
    assert "projection recovery failed" in caplog.text


def faulty_once(log: FakeLog) -> Feed:
    """Its first batch holds no events, so that no event can be blamed."""

    async def batches(after: int) -> AsyncGenerator[Batch, None]:
        yield Batch(events=(), position=0, idle=True)
        async for batch in feed_of(log)(after):
            yield batch

    return batches


async def test_nothing_is_projected_without_the_lease() -> None:
    log = FakeLog()
    log.ignored()
    store, leases = MemoryReadModels(), MemoryLeases(lambda: 0.0)
    assert await leases.take("recovery", "another")
    tenure = Tenure(leases=leases, head=log.head, look_again_s=0.0)
    running = asyncio.create_task(
        keep_projecting(Runner(Recovery(), store), feed_of(log), tenure=tenure)
    )
    for _ in range(10):
        await asyncio.sleep(0)
    assert store.checkpoints() == []
    await leases.give_back("recovery", "another")
    await running
    assert (await store.progress("recovery")).position == 0


async def test_what_does_not_end_is_told_to_whoever_runs_it() -> None:
    class Deaf(Tenure):
        async def run(self, runner: Runner, feed: Feed, gets_on: GetsOn = unheard) -> None:
            raise Hung("it does not end")

    log = FakeLog()
    deaf = Deaf(leases=MemoryLeases(lambda: 0.0), head=log.head)
    with pytest.raises(Hung):
        await keep_projecting(Runner(Recovery(), MemoryReadModels()), feed_of(log), tenure=deaf)


async def test_a_live_log_is_followed_until_it_is_cancelled() -> None:
    log, store, life = MemoryEventStore(SystemClock()), MemoryReadModels(), Life()
    told = FakeLog().tell(life, captured(life), recover_after=START)
    feed = feed_from(lambda after: log.subscribe(after=after))
    running = asyncio.create_task(keep_projecting(Runner(Recovery(), store), feed))
    waits = MemoryWaits(store)
    expected = NO_STREAM
    for event in told:
        new = NewEvent(id=event.id, type=event.type, data=event.data, metadata=event.metadata)
        stored = await log.append(life.stream, expected, [new])
        expected = stored.revision
        assert await waits.position("recovery", stored.position, timeout_s=30)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await log.aclose()


def test_pauses_double_up_to_a_bound() -> None:
    pauses = [BackOff(first_s=0.1, max_s=1.0).after(failures) for failures in range(6)]
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.0, 1.0]
    assert BackOff().after(10_000) == BackOff().max_s


def test_what_is_parked_is_told(caplog: pytest.LogCaptureFixture) -> None:
    LoggingObserver().parked("recovery", parked("payment-1"))
    assert caplog.messages == [
        "projection recovery parked payment-1 at revision 1 (Strange): ValueError: strange"
    ]
