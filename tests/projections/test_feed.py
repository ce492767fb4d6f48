"""Batches are what has arrived: bounded, in order, and never waiting for more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress

import pytest

from adapters.read_models.feed import AHEAD_EVENTS_MAX, feed_from
from domain.log import CaughtUp, Checkpoint, Delivery, RecordedEvent
from projections.failures import LogUnavailable
from projections.ports import Batch
from tests.projections.fake_log import FakeLog
from tests.projections.histories import Life, captured


def some_events(count: int) -> list[RecordedEvent]:
    log = FakeLog()
    log.ignored(count)
    return log.events


async def first_arrived() -> None:
    """Lets the task that pulls run until it must wait."""
    for _ in range(3):
        await asyncio.sleep(0)


class Source:
    """A subscription that delivers what it is given, when it is given."""

    def __init__(self) -> None:
        self.given: asyncio.Queue[Delivery | Exception | None] = asyncio.Queue()
        self.delivered = 0
        self.closed = False

    def give(self, *deliveries: Delivery | Exception | None) -> None:
        for one in deliveries:
            self.given.put_nowait(one)

    async def subscribe(self, after: int) -> AsyncGenerator[Delivery, None]:
        try:
            while (one := await self.given.get()) is not None:
                if isinstance(one, Exception):
                    raise one
                self.delivered += 1
                yield one
        finally:
            self.closed = True

    def batches(self, size: int = 500) -> AsyncGenerator[Batch, None]:
        return feed_from(self.subscribe, batch_events_max=size)(-1)


async def all_of(batches: AsyncIterator[Batch]) -> list[Batch]:
    return [batch async for batch in batches]


async def test_everything_that_waits_comes_in_bounded_batches() -> None:
    source, events = Source(), some_events(7)
    source.give(*events, CaughtUp(), None)
    batches = await all_of(source.batches(3))
    assert [len(one.events) for one in batches] == [3, 3, 1]
    assert [event for one in batches for event in one.events] == events
    assert [one.position for one in batches] == [events[n].position for n in (2, 5, 6)]
    assert [one.idle for one in batches] == [False, False, True]


async def test_a_single_event_is_handed_on_at_once() -> None:
    source, events = Source(), some_events(2)
    async with aclosing(source.batches()) as batches:
        for event in events:
            source.give(event)
            batch = await anext(batches)
            assert (batch.events, batch.idle) == ((event,), True)


async def test_checkpoints_move_the_position_and_never_back() -> None:
    source, (event,) = Source(), some_events(1)
    source.give(event, Checkpoint(90), Checkpoint(40), CaughtUp(), None)
    (batch,) = await all_of(source.batches())
    assert (batch.events, batch.position) == ((event,), 90)


async def test_a_checkpoint_alone_is_a_batch() -> None:
    source = Source()
    source.give(Checkpoint(90), None)
    (batch,) = await all_of(source.batches())
    assert (batch.events, batch.position, batch.idle) == ((), 90, True)


async def test_reading_ahead_is_bounded() -> None:
    source, events = Source(), some_events(AHEAD_EVENTS_MAX + 50)
    source.give(*events, None)
    async with aclosing(source.batches(10)) as batches:
        await anext(batches)
        await first_arrived()
        assert source.delivered <= AHEAD_EVENTS_MAX + 10 + 1
        rest = [len(batch.events) async for batch in batches]
    assert sum(rest) == len(events) - 10


async def test_a_failing_subscription_fails_after_what_had_arrived() -> None:
    source, events = Source(), some_events(2)
    source.give(*events, RuntimeError("the server is gone"))
    batches = source.batches()
    assert (await anext(batches)).events == tuple(events)
    with pytest.raises(LogUnavailable, match="the server is gone"):
        await anext(batches)
    assert source.closed


async def test_closing_the_feed_closes_the_subscription() -> None:
    source, events = Source(), some_events(1)
    source.give(*events)
    batches = source.batches()
    await anext(batches)
    await batches.aclose()
    assert source.closed


async def test_the_feed_starts_after_the_checkpoint() -> None:
    log, life = FakeLog(), Life()
    told = log.tell(life, captured(life))
    feed = feed_from(lambda after: log.subscribe(after=after))
    (batch,) = await all_of(feed(told[1].position))
    assert batch.events == tuple(told[2:])


async def test_a_cancellation_that_was_swallowed_while_a_batch_was_stored_is_heeded() -> None:
    source, storing = Source(), asyncio.Event()
    source.give(*some_events(1))

    async def consume() -> None:
        async with aclosing(source.batches()) as batches:
            async for _ in batches:
                storing.set()
                with suppress(asyncio.CancelledError):  # as wait_for may
                    await asyncio.Event().wait()

    consuming = asyncio.create_task(consume())
    await storing.wait()
    consuming.cancel()

    async with asyncio.timeout(10):
        await asyncio.wait({consuming})
    assert consuming.cancelled()
    assert source.closed
