"""Turns a subscription into batches of what has arrived: many events under load, one when idle."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from typing import Final

from adapters.cancellation import heed_cancellation
from domain.log import BEFORE_FIRST, CaughtUp, Checkpoint, Delivery, Position, RecordedEvent
from projections.failures import LogUnavailable
from projections.ports import Batch, Feed

# About 20 ms of work without a pause; where requests share the event loop, take a fifth of it.
BATCH_EVENTS_MAX: Final = 500
AHEAD_EVENTS_MAX: Final = 2 * BATCH_EVENTS_MAX  # read while a batch is being stored
AHEAD_BYTES_MAX: Final = 16 * 1024 * 1024

Subscribe = Callable[[Position], AsyncIterator[Delivery]]


def feed_from(subscribe: Subscribe, *, batch_events_max: int = BATCH_EVENTS_MAX) -> Feed:
    """`subscribe` as EventStore.subscribe, by position. The feed raises LogUnavailable where the
    subscription fails, after all that had arrived."""

    async def batches(after: Position) -> AsyncGenerator[Batch, None]:
        arrived = _Arrived(batch_events_max)
        pulling = asyncio.create_task(_pull(subscribe(after), arrived))
        try:
            while (batch := await arrived.batch()) is not None:
                yield batch
                heed_cancellation()
            await pulling
        except Exception as failure:
            raise LogUnavailable(f"the subscription ended: {failure}") from failure
        finally:
            pulling.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await pulling

    return batches


async def _pull(deliveries: AsyncIterator[Delivery], arrived: _Arrived) -> None:
    try:
        async for delivery in deliveries:
            if not isinstance(delivery, CaughtUp):
                await arrived.put(delivery)
    finally:
        arrived.end()
        close = getattr(deliveries, "aclose", None)
        if close is not None:
            await close()


class _Arrived:
    """Between one who puts and one who takes. Bounded in events and bytes."""

    def __init__(self, batch_events_max: int) -> None:
        self._max = batch_events_max
        self._waiting: deque[RecordedEvent | Checkpoint] = deque()
        self._bytes = 0
        self._ended = False
        self._filled = asyncio.Event()
        self._room = asyncio.Event()

    async def put(self, delivery: RecordedEvent | Checkpoint) -> None:
        while len(self._waiting) >= AHEAD_EVENTS_MAX or self._bytes >= AHEAD_BYTES_MAX:
            self._room.clear()
            await self._room.wait()
        self._waiting.append(delivery)
        self._bytes += _size(delivery)
        self._filled.set()

    def end(self) -> None:
        self._ended = True
        self._filled.set()

    async def batch(self) -> Batch | None:
        """None when the subscription ended and everything of it was taken."""
        while not self._waiting:
            if self._ended:
                return None
            self._filled.clear()
            await self._filled.wait()
        events: list[RecordedEvent] = []
        position = BEFORE_FIRST
        while self._waiting and len(events) < self._max:
            delivery = self._waiting.popleft()
            self._bytes -= _size(delivery)
            position = max(position, delivery.position)
            if isinstance(delivery, RecordedEvent):
                events.append(delivery)
        self._room.set()
        return Batch(events=tuple(events), position=position, idle=not self._waiting)


def _size(delivery: RecordedEvent | Checkpoint) -> int:
    return 0 if isinstance(delivery, Checkpoint) else len(delivery.data) + len(delivery.metadata)
