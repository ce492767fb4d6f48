"""Sweeps the recovery work list once a day, one worker at a time, and says what it found."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, Protocol, get_args
from uuid import uuid4

from prometheus_client import CollectorRegistry, Counter, Gauge

from adapters.cancellation import heed_cancellation
from projections.failures import Interrupted, LeaseLost
from projections.leases import Leases
from projections.recovery.sweep import GiveWay, Kind, Sweep

LEASE: Final = "recovery sweep"
LOOK_EVERY_S: Final = 600.0
FAILED_PAUSE_S: Final = 6 * 3600.0  # what fails by itself reads the whole log in vain
GIVE_WAY_S: Final = 0.1  # between pages: at most some 10,000 events a second, for nobody waits
TOLD_MAX: Final = 20  # streams named in the log

_log = logging.getLogger(__name__)


class Diary(Protocol):
    """When the work list was swept last. All methods raise ReadModelsUnavailable."""

    async def is_due(self) -> bool:
        """Not while another version of the read models is read."""
        ...

    async def swept(self, done: Sweep) -> None: ...


class SweepMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._differences = Counter(
            "interlock_work_list_differences",
            "Rows of the recovery work list that were not what the log says, and were mended.",
            ("kind",),
            registry=registry,
        )
        self._swept = Counter(
            "interlock_work_list_sweeps",
            "Sweeps of the recovery work list that came to their end.",
            registry=registry,
        )
        self._open = Gauge(
            "interlock_work_list_open", "Streams due some time, at the last sweep.",
            registry=registry,
        )  # fmt: skip
        for kind in get_args(Kind):  # shown before there is anything to count
            self._differences.labels(kind)

    def swept(self, done: Sweep) -> None:
        self._swept.inc()
        self._open.set(done.open)
        for one in done.differences:
            self._differences.labels(one.kind).inc()


async def keep_sweeping(
    sweep: Callable[[GiveWay], Awaitable[Sweep]],
    diary: Diary,
    metrics: SweepMetrics,
    *,
    leases: Leases,
    look_every_s: float = LOOK_EVERY_S,
) -> None:
    """Until it is cancelled. Begins with a pause: who has just started has other things to do."""
    while True:
        await asyncio.sleep(look_every_s)
        heed_cancellation()
        try:
            if await diary.is_due():
                await _sweep_alone(sweep, diary, metrics, leases)
        except Interrupted as interrupted:
            _log.warning("the work list is swept later: %s", interrupted)
        except Exception:
            _log.exception("the work list cannot be swept")
            await asyncio.sleep(FAILED_PAUSE_S)


async def _sweep_alone(
    sweep: Callable[[GiveWay], Awaitable[Sweep]],
    diary: Diary,
    metrics: SweepMetrics,
    leases: Leases,
) -> None:
    """Where another process sweeps, there is nothing to do."""
    holder = uuid4().hex
    if not await leases.take(LEASE, holder):
        return
    try:
        if await diary.is_due():  # nobody else did it meanwhile
            done = await sweep(partial(_give_way, leases, holder))
            metrics.swept(done)
            tell(done)
            await diary.swept(done)
    finally:
        with suppress(Interrupted):  # it runs out by itself
            await leases.give_back(LEASE, holder)


async def _give_way(leases: Leases, holder: str) -> None:
    """Between pages: who gets so far gets on with the work. Raises LeaseLost."""
    heed_cancellation()
    await asyncio.sleep(GIVE_WAY_S)
    if not await leases.renew(LEASE, holder):
        raise LeaseLost("another process sweeps the work list")


def tell(done: Sweep) -> None:
    """An error where something differed: it was mended, and should never have been so."""
    said = f"work list swept: {done.open} streams due in {done.events} events"
    if not (done.differences or done.left or done.unread):
        _log.info("%s, as the log says", said)
        return
    level = logging.ERROR if done.differences else logging.WARNING
    _log.log(
        level,
        "%s, %s rows were not what the log says and are mended, %s streams left for the next sweep,"
        " %s cannot be read",
        said, len(done.differences), done.left, done.unread,
    )  # fmt: skip
    for one in done.differences[:TOLD_MAX]:
        _log.error("work list: the row of %s was %s", one.stream, one.kind)
