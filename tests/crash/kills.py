"""Kills one process of an embedded installation and measures how it comes back."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

from api.processes.embedded import Embedded
from tests.crash.load import Load
from tests.crash.owners import note_crash
from tests.crash.waiting import LOOK_EVERY_S, until

Kind: TypeAlias = Literal["api", "worker", "postgres"]
KINDS: Final[tuple[Kind, ...]] = ("api", "worker", "postgres")  # the worker is the projector too
SERVING_S_MAX: Final = 5.0  # the requirement, from the start of the new process
GIVES_UP_S: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """Seconds. `at`: of the diary; `gone`: until the new process was started; `serving`: from
    there until it did its work (a payment begun after that succeeded; for a worker: it is in the
    read models)."""

    kind: Kind
    at: float
    gone: float
    serving: float


async def kill(embedded: Embedded, load: Load, kind: Kind, dice: Random) -> Kill:
    """At a random moment of the next second. Raises TimeoutError when it does not come back."""
    await asyncio.sleep(dice.random())
    former = _pid(embedded, kind)
    at, died = load.diary.now(), time.monotonic()
    note_crash(load.diary, kind, former)
    os.kill(former, signal.SIGKILL)
    started = await _started_again(embedded, kind, former)
    await load.served(within_s=GIVES_UP_S)
    if kind == "worker":
        async with asyncio.timeout(GIVES_UP_S):
            await _projected(load)
    return Kill(kind=kind, at=at, gone=started - died, serving=time.monotonic() - started)


async def _started_again(embedded: Embedded, kind: Kind, former: int) -> float:
    """When, on time.monotonic(). PostgreSQL counts from its death, for nobody knows its start."""
    died = time.monotonic()
    await until(lambda: _pid(embedded, kind) not in (former, 0), within_s=GIVES_UP_S)
    if kind == "postgres":
        return died
    return next(one.started_at for one in embedded.children if one.name == kind)


async def _projected(load: Load) -> None:
    position = load.position
    while True:
        if await load.client.is_projected(position):
            return
        await asyncio.sleep(LOOK_EVERY_S)


def _pid(embedded: Embedded, kind: Kind) -> int:
    """0 while there is none."""
    if kind == "postgres":
        return embedded.postgres.pid
    process = next(one.process for one in embedded.children if one.name == kind)
    return 0 if process is None else process.pid
