"""What a process needs for its work, and what it goes on without: whether each answers now.

Says in the log when something fails for longer and when it is well again, once each, however often
anybody asks. Those who ask are told names at once, and never why.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry, Gauge

from adapters.cancellation import heed_cancellation

CHECK_TIMEOUT_S: Final = 2.0
LOOK_EVERY_S: Final = 5.0  # also where nobody asks: outages are told all the same
TOLD_AFTER_S: Final = 10.0  # less is no outage, but a start

Check: TypeAlias = Callable[[], Awaitable[None]]  # raises where something is wrong

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """`passed`: by the name of the check. `degraded`: what fails and is not needed."""

    passed: Mapping[str, bool]
    degraded: tuple[str, ...]
    is_ready: bool


class Checks:
    """`needed`: without it the process is not ready. `wanted`: without it the process is degraded.
    Both may be changed until the first look."""

    def __init__(
        self,
        needed: Mapping[str, Check] | None = None,
        wanted: Mapping[str, Check] | None = None,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.needed, self.wanted = dict(needed or {}), dict(wanted or {})
        self._looking: asyncio.Task[Found] | None = None
        self._monotonic = monotonic
        self._failing: dict[str, float] = {}  # since when
        self._told: set[str] = set()
        self._gauge: Gauge | None = None

    def count_in(self, registry: CollectorRegistry) -> None:
        """Shows there what was found last."""
        self._gauge = Gauge(
            "interlock_check_ok",
            "Whether what the process needs or wants answered at the last look (1) or not (0).",
            ("check",),
            registry=registry,
        )

    async def look(self) -> Found:
        """However many ask at a time, each check is made once."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        return await asyncio.shield(self._looking)

    async def keep_looking(self, *, every_s: float = LOOK_EVERY_S) -> None:
        """Until it is cancelled."""
        while True:
            await self.look()
            heed_cancellation()
            await asyncio.sleep(every_s)

    async def _look(self) -> Found:
        checks = {**self.needed, **self.wanted}
        passed = await asyncio.gather(*(self._passes(name, one) for name, one in checks.items()))
        by_name = dict(zip(checks, passed, strict=True))
        return Found(
            passed=by_name,
            degraded=tuple(name for name in self.wanted if not by_name[name]),
            is_ready=all(by_name[name] for name in self.needed),
        )

    async def _passes(self, name: str, check: Check) -> bool:
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_S):
                await check()
        except Exception as failure:
            self._tell(name, failure)
        else:
            self._tell(name, None)
        return name not in self._failing

    def _tell(self, name: str, failure: Exception | None) -> None:
        if self._gauge is not None:
            self._gauge.labels(name).set(failure is None)
        if failure is None:
            self._failing.pop(name, None)
            if name in self._told:
                self._told.discard(name)
                log.info("check %s: well again", name)
            return
        since = self._failing.setdefault(name, self._monotonic())
        if name not in self._told and self._monotonic() - since >= TOLD_AFTER_S:
            self._told.add(name)
            log.warning("check %s fails: %s", name, str(failure) or repr(failure))
