"""Five million events of others in the same store, before, between and behind ours: who reads the
log passes over them once, and who only asks how far it goes not at all.

Counted by the double, not by a clock: how many events of others the server had to look at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

import pytest

from adapters.codec import MsgspecCodec
from adapters.event_store.eventstoredb import messages
from adapters.event_store.eventstoredb.reader import Reader
from adapters.event_store.eventstoredb.store import EventStoreDBStore
from adapters.read_models.feed import feed_from
from adapters.read_models.memory.queries import MemoryQueries
from adapters.read_models.memory.store import MemoryReadModels
from api.cli.doctor import chains
from domain.log import BEFORE_FIRST, NO_STREAM, NewEvent, Position
from projections.catalogue import PROJECTIONS
from projections.lag import seconds_behind, survey
from projections.runner import Runner
from tests.esdb_double import ENGINES, EsdbDouble
from tests.event_store.builders import soon
from tests.eventstoredb.support import opened
from tests.projections.fake_log import FakeLog
from tests.projections.histories import START, Life, captured
from tests.simulation.sabotage.planting import Swap

pytestmark = pytest.mark.slow

MANY: Final = 5_000_000
FEW: Final = 2_000  # made one by one by who reads backwards
SLACK: Final = 300_000  # less than two checkpoints apart
NOW: Final = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.fixture(params=ENGINES)
async def double(request: pytest.FixtureRequest) -> AsyncIterator[EsdbDouble]:
    async with EsdbDouble(engine=request.param) as running:
        yield running


async def tell(store: EventStoreDBStore, number: int) -> Position:
    """A captured payment."""
    life = Life(number)
    told = FakeLog().tell(life, captured(life), recover_after=START)
    new = [NewEvent(id=one.id, type=one.type, data=one.data, metadata=one.metadata) for one in told]
    return (await store.append(life.stream, NO_STREAM, new)).position


async def projected(store: EventStoreDBStore, rows: MemoryReadModels, upto: Position) -> None:
    """As a worker does that starts, until every projection has seen everything up to there."""
    feed = feed_from(lambda after: store.subscribe(after=after))
    runners = [Runner(make(store, MsgspecCodec()), rows) for make in PROJECTIONS.values()]
    running = [asyncio.create_task(one.run(feed)) for one in runners]
    try:
        while any(one.position < upto for one in runners):
            done, _ = await asyncio.wait(running, timeout=0.01)
            for one in done:
                one.result()
    finally:
        for task in running:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.mark.parametrize("place", ["before", "between", "behind"])
async def test_reading_passes_over_them_once(double: EsdbDouble, place: str) -> None:
    passed = double.log.events
    async with opened(double.target) as store:
        if place == "before":
            double.log.write_others(MANY)
        await tell(store, 0)
        if place == "between":
            double.log.write_others(MANY)
        last = await tell(store, 1)
        if place == "behind":
            double.log.write_others(MANY)

        head = await soon(store.head())
        assert head >= last
        assert passed.passed_over == 0

        events = await soon(store.read_all(after=BEFORE_FIRST))
        assert len({one.stream for one in events}) == 2
        assert passed.passed_over <= MANY

        before = passed.passed_over
        assert await soon(store.read_all(after=events[-1].position)) == []
        assert await soon(store.read_all(after=events[-1].position)) == []
        assert passed.passed_over - before <= (MANY + SLACK if place == "behind" else SLACK)


async def test_a_worker_passes_over_them_once_and_never_after(double: EsdbDouble) -> None:
    passed, rows = double.log.events, MemoryReadModels()
    async with opened(double.target) as store:
        double.log.write_others(MANY)
        await tell(store, 0)
        double.log.write_others(MANY)
        last = await tell(store, 1)
        await soon(projected(store, rows, last))
        assert passed.passed_over <= len(PROJECTIONS) * (2 * MANY + SLACK)

    before = passed.passed_over
    async with opened(double.target) as store:  # a worker that starts again
        last = await tell(store, 2)
        await soon(projected(store, rows, last))
        assert passed.passed_over - before <= len(PROJECTIONS) * SLACK


async def test_what_lies_behind_ours_is_passed_once_by_who_asks_for_the_lag(
    double: EsdbDouble,
) -> None:
    passed, rows = double.log.events, MemoryReadModels()
    async with opened(double.target) as store:
        last = await tell(store, 0)
        await soon(projected(store, rows, last))
        double.log.write_others(MANY)
        queries = MemoryQueries(rows)
        for _ in range(3):
            reports = await soon(survey(store, queries, now=NOW))
            assert {one.lag.events for one in reports} == {0}
            behind = await soon(seconds_behind(store, queries, PROJECTIONS, now=NOW))
            assert behind == 0.0
        assert passed.passed_over <= MANY + 7 * SLACK


async def test_doctor_reads_the_whole_log_and_passes_over_them_once(double: EsdbDouble) -> None:
    async with opened(double.target) as store:
        for number in range(2):
            double.log.write_others(MANY)
            await tell(store, number)
        double.log.write_others(MANY)
        seen, _, _ = await soon(chains(store, 1_000))
        assert seen == len(double.events("payment-"))
        assert double.log.events.passed_over <= 3 * MANY + SLACK


async def test_the_planted_bug_that_searches_backwards_for_ours_is_seen(
    double: EsdbDouble,
) -> None:
    def newest_of_ours() -> object:
        request = messages._request(backwards=True, limit=1)
        request.options.all.end.SetInParent()
        messages._fill_filter(request)
        return request

    async with opened(double.target) as store:
        await tell(store, 0)
        double.log.write_others(FEW)
        with Swap(
            "adapters.event_store.eventstoredb.messages:newest_request", newest_of_ours
        ).made():
            await soon(store.head())
        assert double.log.events.passed_over == FEW


async def test_the_planted_bug_that_forgets_what_was_passed_is_seen(double: EsdbDouble) -> None:
    def forgets(self: Reader, after: Position, reached: Position) -> None: ...

    async with opened(double.target) as store:
        last = await tell(store, 0)
        double.log.write_others(MANY)
        with Swap("adapters.event_store.eventstoredb.reader:Reader._note_passed", forgets).made():
            for _ in range(3):
                await soon(store.read_all(after=last))
        assert double.log.events.passed_over > 2 * MANY
