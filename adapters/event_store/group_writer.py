"""Group commit: whatever waits is stored together, then every caller gets his own answer.

One group is under way at a time, so the appends of a stream keep their order. What was sent is
followed to its fate, also when nobody waits for it any more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from adapters.event_store.queued import AppendQueue, Outcome, QueuedAppend
from application.ports.event_store import Appended, AppendNotSent, FateUnknown
from domain.log import NewEvent, Revision

CLOSE_TIMEOUT_S: Final = 10.0

# Stores a group and returns one outcome per append; repeats what is ambiguous until it is not.
Commit: TypeAlias = Callable[[Sequence[QueuedAppend]], Awaitable[Sequence[Outcome]]]

logger = logging.getLogger(__name__)


class GroupWriter:
    """Belongs to one event loop."""

    def __init__(self, commit: Commit) -> None:
        self._commit = commit
        self._queue = AppendQueue()
        self._news = asyncio.Event()
        self._settled = asyncio.Event()
        self._runner: asyncio.Task[None] | None = None
        self._closed = False
        self._under_way: list[QueuedAppend] = []

    async def append(
        self,
        stream: str,
        expected: Revision,
        events: Sequence[NewEvent],
        *,
        timeout_s: float | None = None,
    ) -> Appended:
        """See EventStore.append."""
        if self._closed:
            raise AppendNotSent("the store is closed")
        loop = asyncio.get_running_loop()
        expires_at_s = None if timeout_s is None else loop.time() + timeout_s
        append = QueuedAppend(stream, expected, events, expires_at_s=expires_at_s)
        self._queue.offer(append)
        self._news.set()
        if self._runner is None:
            self._runner = loop.create_task(self._run(), name="group-writer")
        timer = None if expires_at_s is None else loop.call_at(expires_at_s, self._give_up, append)
        try:
            return await append.waiter
        finally:
            if timer is not None:
                timer.cancel()
            if append.waiter.cancelled() and not append.sent:
                self._queue.withdraw(append)
                self._settled.set()

    async def aclose(self) -> None:
        """Wait for the fate of all appends, at most CLOSE_TIMEOUT_S, then stop. Who still waits is
        told what is known."""
        self._closed = True
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                while self._queue:
                    self._settled.clear()
                    await self._settled.wait()
        except TimeoutError:
            logger.error("closed with %s appends whose fate is not known", len(self._queue))
        if self._runner is not None:
            self._runner.cancel()
            await asyncio.gather(self._runner, return_exceptions=True)
        for append in self._under_way:
            append.settle(FateUnknown(f"{append.stream}: sent, the store was closed"))
        for append in self._queue.take_all():
            append.settle(AppendNotSent(f"{append.stream}: still queued when the store was closed"))

    async def _run(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            self._drop_expired()
            while group := self._queue.take():
                await self._store(group)
                self._drop_expired()

    async def _store(self, group: list[QueuedAppend]) -> None:
        outcomes: Sequence[Outcome]
        self._under_way = group
        try:
            outcomes = await self._commit(group)
        except Exception as error:
            # A commit settles what can happen to a store; what is left is a mistake of ours. It
            # must not end the writer, and nobody may take it for "not stored".
            logger.exception("a group of %s appends could not be judged", len(group))
            outcomes = [FateUnknown(f"{one.stream}: {error!r}") for one in group]
        self._under_way = []
        self._queue.release(group)
        for append, outcome in zip(group, outcomes, strict=True):
            append.settle(outcome)
        self._settled.set()

    def _give_up(self, append: QueuedAppend) -> None:
        if append.waiter.done():
            return
        if append.sent:
            append.give_up("sent, not answered in time, followed on")
        else:
            self._queue.withdraw(append)
            append.settle(AppendNotSent(f"{append.stream}: still queued when its time ran out"))
            self._settled.set()

    def _drop_expired(self) -> None:
        # The loop may be late with its timers; what has expired must not be sent all the same.
        for append in self._queue.expired(asyncio.get_running_loop().time()):
            self._give_up(append)
