"""Time, ids, chance, waiting and turns of a real process. Must not be imported by tests of logic:
they bring surroundings of their own.
"""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID, uuid4

from adapters.clocks import elapsed, utc_now
from application.ports.event_store import PASSING

Done = TypeVar("Done")

BEHIND_MAX: Final = 2_048  # as many as the log may have appends under way
_log = logging.getLogger(__name__)


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        """Wall time, UTC, aware."""
        return utc_now()

    def monotonic(self) -> float:
        """Seconds, the same clock that gateway adapters compare `send_before` with."""
        return elapsed()


class RandomIds:
    """Version 4 UUIDs from the kernel's generator."""

    def fresh(self) -> UUID:
        """Never drawn before, by any process."""
        return uuid4()


class SystemChance:
    """Draws of the kernel's generator, so that no two processes draw the same."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def uniform(self) -> float:
        """From 0.0 up to, not including, 1.0."""
        return self._random.random()


class SystemSecrets:
    """Bytes of the kernel's generator."""

    def draw(self, size: int) -> bytes:
        """`size` bytes that nobody can guess."""
        return secrets.token_bytes(size)


class AsyncioPause:
    """Waits on the running event loop."""

    async def sleep(self, seconds: float) -> None:
        """Returns after `seconds`; at once, but letting others run, for 0 or less."""
        await asyncio.sleep(max(0.0, seconds))

    async def for_all(self, works: Sequence[Callable[[], Coroutine[Any, Any, Done]]]) -> list[Done]:
        """What each of them gives. Cancelled, it cancels all."""
        return await for_all(works)


async def for_all(works: Sequence[Callable[[], Coroutine[Any, Any, Done]]]) -> list[Done]:
    """As Pause.for_all has it, on the running event loop."""
    over = await asyncio.gather(*(work() for work in works), return_exceptions=True)
    given: list[Done] = []
    for one in over:
        if isinstance(one, BaseException):
            raise one
        given.append(one)
    return given


class AsyncioBehind:
    """Tasks of the running event loop, BEHIND_MAX at a time."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """False, and nothing was started, where BEHIND_MAX go on already."""
        if len(self._tasks) >= BEHIND_MAX:
            return False
        task = asyncio.get_running_loop().create_task(work(), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return True

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failure = None if task.cancelled() else task.exception()
        if isinstance(failure, PASSING):  # an outage, told where it is found; recovery goes on
            _log.debug("%s failed: %s", task.get_name(), failure)
        elif failure is not None:
            _log.error("%s failed", task.get_name(), exc_info=failure)


@dataclass(slots=True)
class _Queue:
    """`users`: who holds the turn or waits for it. The entry goes when nobody does."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class LocalTurns:
    """Turns among the tasks of one event loop, first come, first served."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    def __len__(self) -> int:
        """How many names are in use now."""
        return len(self._queues)

    def of(self, name: str) -> AbstractAsyncContextManager[None]:
        """The turn of `name`, taken on entering. A task that holds it must not ask again."""
        return self._turn(name)

    @asynccontextmanager
    async def _turn(self, name: str) -> AsyncIterator[None]:
        queue = self._queues.setdefault(name, _Queue())
        queue.users += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.users -= 1
            if queue.users == 0:
                del self._queues[name]
