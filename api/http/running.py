"""Work that outlives its request: commands go on when the client is gone. Bounded in number."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from api.http.problems import Problem
from application.ports.event_store import PASSING

DRAIN_TIMEOUT_S: Final = 12.0

Result = TypeVar("Result")
log = logging.getLogger(__name__)


class Running:
    """Tasks that are held on to until they are over."""

    def __init__(self, most: int, too_many: str) -> None:
        """`too_many`: what a client is told when `most` are running."""
        self._most, self._too_many = most, too_many
        self._tasks: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._tasks)

    async def finish(self, work: Coroutine[Any, Any, Result]) -> Result:
        """What `work` gives or raises; when the caller is cancelled, the work goes on.

        Raises Problem 503 when `most` are running; then `work` was never started.
        """
        if len(self._tasks) >= self._most:
            work.close()
            raise Problem(503, "busy", self._too_many, retryable=True, headers={"Retry-After": "1"})
        task = self._start(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_nobody_heard)
            raise

    async def drain(self, timeout_s: float = DRAIN_TIMEOUT_S) -> None:
        """Waits, bounded, for what is running. What still runs then is left to recovery."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=timeout_s)
        if self._tasks:
            log.warning("%s tasks still ran after %s s", len(self._tasks), timeout_s)

    def _start(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waits gets it


def _nobody_heard(task: asyncio.Task[Any]) -> None:
    failure = None if task.cancelled() else task.exception()
    if isinstance(failure, PASSING):  # an outage, told where it is found; recovery goes on
        log.debug("what went on without its caller failed: %r", failure)
    elif failure is not None:
        log.warning("what went on without its caller failed: %r", failure)
