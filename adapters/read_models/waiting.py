"""Readers that wait for a projection, woken by looking at all their goals at once.

However many wait, the store is asked one question per round and kind, and none when nobody waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from projections.queries import TooManyWaiting

WAITING_MAX: Final = 1_000
ROUND_S: Final = 0.02

Subject = TypeVar("Subject", bound=Hashable)

# What the subjects have reached; those not in the answer have not begun.
Look = Callable[[Sequence[Subject]], Awaitable[dict[Subject, int]]]


@dataclass(frozen=True, eq=False, slots=True)
class _Reader(Generic[Subject]):
    subject: Subject
    goal: int
    reached: asyncio.Future[None]


class WaitingRoom(Generic[Subject]):
    """Belongs to one event loop. `look` may raise; then the readers of that round do."""

    def __init__(
        self, look: Look[Subject], *, waiting_max: int = WAITING_MAX, round_s: float = ROUND_S
    ) -> None:
        self._look, self._max, self._round_s = look, waiting_max, round_s
        self._readers: set[_Reader[Subject]] = set()
        self._rounds: asyncio.Task[None] | None = None

    async def wait(self, subject: Subject, goal: int, *, timeout_s: float) -> bool:
        """Whether `subject` reached `goal` in time. Raises TooManyWaiting, and what `look` does."""
        if len(self._readers) >= self._max:
            raise TooManyWaiting(f"{self._max} readers wait already")
        reader = _Reader(subject, goal, asyncio.get_running_loop().create_future())
        self._readers.add(reader)
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._look_round_by_round())
        try:
            async with asyncio.timeout(timeout_s):
                await reader.reached
        except TimeoutError:
            return False
        finally:
            self._readers.discard(reader)
        return True

    async def _look_round_by_round(self) -> None:
        try:
            while self._readers:
                await self._one_round(tuple(self._readers))
                if self._readers:
                    await asyncio.sleep(self._round_s)
        finally:
            self._rounds = None

    async def _one_round(self, readers: Sequence[_Reader[Subject]]) -> None:
        try:
            found = await self._look(list({one.subject for one in readers}))
        except Exception as failure:
            for one in readers:
                self._leave(one, failure)
            return
        for one in readers:
            if found.get(one.subject, one.goal - 1) >= one.goal:
                self._leave(one, None)

    def _leave(self, reader: _Reader[Subject], failure: Exception | None) -> None:
        self._readers.discard(reader)
        if reader.reached.done():
            return
        if failure is None:
            reader.reached.set_result(None)
        else:
            reader.reached.set_exception(failure)
