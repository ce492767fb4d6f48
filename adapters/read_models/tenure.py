"""A projection runs only as long as this process holds its lease, which is renewed only while it
gets on: who hangs, or is frozen, is followed by another process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from adapters.read_models.progress import GetsOn, unheard
from domain.log import Position
from projections.failures import Interrupted, LeaseLost, ReadModelsUnavailable
from projections.leases import LEASE_S, LOOK_AGAIN_S, RENEW_EVERY_S, Leases
from projections.ports import Feed
from projections.runner import Runner

STOPPED_S_MAX: Final = 5.0

_log = logging.getLogger(__name__)


class Hung(Exception):
    """The projection did not end when it was told to. It is left behind; its checkpoint's own
    condition keeps it from harm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """`head`: the position of the newest event; may raise. Seconds throughout."""

    leases: Leases
    head: Callable[[], Awaitable[Position]]
    lease_s: float = LEASE_S
    renew_every_s: float = RENEW_EVERY_S
    look_again_s: float = LOOK_AGAIN_S

    async def run(self, runner: Runner, feed: Feed, gets_on: GetsOn = unheard) -> None:
        """Waits for the lease, then runs until the end of the feed. Who waits in vain for another
        gets on. Raises LeaseLost when the lease is another's or could not be renewed, Hung, and
        what the runner raises."""
        holder = uuid4().hex
        await self._wait_for_lease(runner.name, holder, gets_on)
        running = asyncio.create_task(runner.run(feed), name=f"run {runner.name}")
        try:
            await self._renew(running, runner, holder, gets_on)
        finally:
            await _end(running, runner.name)
            with suppress(Interrupted):  # it runs out by itself
                await self.leases.give_back(runner.name, holder)
        await running

    async def _wait_for_lease(self, projection: str, holder: str, gets_on: GetsOn) -> None:
        while not await self.leases.take(projection, holder):
            gets_on()
            await asyncio.sleep(self.look_again_s)

    async def _renew(
        self, running: asyncio.Task[None], runner: Runner, holder: str, gets_on: GetsOn
    ) -> None:
        loop = asyncio.get_running_loop()
        renewed_at, seen = loop.time(), -1
        while True:
            await asyncio.wait({running}, timeout=self.renew_every_s)
            if running.done():
                return
            steps = runner.steps
            got_on = steps != seen or await self._has_nothing_to_do(runner)
            if got_on and await self._is_renewed(runner.name, holder):
                renewed_at, seen = loop.time(), steps
                gets_on()
            if loop.time() - renewed_at > self.lease_s:
                raise LeaseLost(f"{runner.name} did not get on for {self.lease_s:.0f} s")

    async def _is_renewed(self, projection: str, holder: str) -> bool:
        """Raises LeaseLost."""
        try:
            renewed = await self.leases.renew(projection, holder)
        except ReadModelsUnavailable as failure:
            _log.info("the lease of %s could not be renewed: %s", projection, failure)
            return False
        if not renewed:
            raise LeaseLost(f"{projection}: another process has the lease")
        return True

    async def _has_nothing_to_do(self, runner: Runner) -> bool:
        try:
            return await self.head() <= runner.position
        except Exception as failure:  # nobody gets on then
            _log.info("%s: the log's head is not known: %s", runner.name, failure)
            return False


async def _end(running: asyncio.Task[None], name: str) -> None:
    running.cancel()
    await asyncio.wait({running}, timeout=STOPPED_S_MAX)
    if not running.done():
        raise Hung(f"projection {name} does not end")
