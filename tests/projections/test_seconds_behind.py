"""How far the slowest read model is behind, in seconds, for the price of one event."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.read_models.memory.queries import MemoryQueries
from adapters.read_models.memory.store import MemoryReadModels
from projections.failures import LogUnavailable
from projections.lag import seconds_behind
from projections.recovery import Recovery
from projections.runner import Runner
from tests.projections.fake_log import FakeLog
from tests.projections.histories import START, Life, captured
from tests.projections.running import feed_of

LATER = START + timedelta(hours=1)


async def test_one_that_never_ran_has_seen_nothing() -> None:
    log, queries = FakeLog(), MemoryQueries(MemoryReadModels())
    assert await seconds_behind(log, queries, ["recovery"], now=LATER) == 0.0
    life = Life()
    first = log.tell(life, captured(life), recover_after=START)[0]
    behind = await seconds_behind(log, queries, ["recovery"], now=LATER)
    assert behind == (LATER - first.recorded_at).total_seconds() > 0


async def test_the_slowest_of_them_counts() -> None:
    log, store, life = FakeLog(), MemoryReadModels(), Life()
    log.tell(life, captured(life), recover_after=START)
    await Runner(Recovery(), store).run(feed_of(log))
    queries = MemoryQueries(store)
    assert await seconds_behind(log, queries, ["recovery"], now=LATER) == 0.0
    assert await seconds_behind(log, queries, ["recovery", "payment_status"], now=LATER) > 0


async def test_a_log_that_is_away_is_said() -> None:
    class Away(FakeLog):
        async def head(self) -> int:
            raise ConnectionError

    with pytest.raises(LogUnavailable):
        await seconds_behind(Away(), MemoryQueries(MemoryReadModels()), ["recovery"], now=LATER)
