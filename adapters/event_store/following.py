"""A subscription made of page reads and a bell. Knows no store: it is given both."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final, TypeAlias

from application.ports.event_store import StoreUnavailable
from domain.log import (
    STREAM_PREFIXES,
    CaughtUp,
    Checkpoint,
    Delivery,
    Position,
    RecordedEvent,
)

PAGE_EVENTS: Final = 512
POLL_S: Final = 0.25  # how late an event may come when the bell stays silent
RETRY_S: Final = 0.5
PATIENCE_S: Final = 60.0

# (after, limit): the next events of all streams, whatever their names.
ReadPage: TypeAlias = Callable[[Position, int], Awaitable[list[RecordedEvent]]]


class Bell:
    """Rings when the log has grown. Take the next stroke *before* reading, wait for it after."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def next_stroke(self) -> asyncio.Event:
        """Set at the next ring after this call."""
        return self._next

    def ring(self) -> None:
        """Wake all who wait."""
        self._next.set()
        self._next = asyncio.Event()


async def follow(
    read_page: ReadPage, bell: Bell, *, after: Position
) -> AsyncGenerator[Delivery, None]:
    """See EventStore.subscribe. Raises StoreUnavailable after PATIENCE_S without an answer."""
    position, caught_up = after, False
    while True:
        stroke = bell.next_stroke()
        page = await _patiently(read_page, position)
        for event in page:
            if event.stream.startswith(STREAM_PREFIXES):
                yield event
        if page:
            position = page[-1].position
            if not page[-1].stream.startswith(STREAM_PREFIXES):
                yield Checkpoint(position)
        if len(page) == PAGE_EVENTS:
            continue
        if not caught_up:
            caught_up = True
            yield CaughtUp()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_S):
                await stroke.wait()


async def _patiently(read_page: ReadPage, after: Position) -> list[RecordedEvent]:
    loop = asyncio.get_running_loop()
    gives_up_at_s = loop.time() + PATIENCE_S
    while True:
        try:
            return await read_page(after, PAGE_EVENTS)
        except StoreUnavailable:
            if loop.time() > gives_up_at_s:
                raise
            await asyncio.sleep(RETRY_S)
