"""What befalls an installation. Every blow ends by itself: afterwards all is as it was, or is on
its way there."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from random import Random
from typing import Final, TypeAlias

import redis

from tests.storm.place import Place
from tests.storm.store_blows import STORE_BLOWS, Strike

LASTS_S_MIN: Final = 0.5
OFFSETS_S: Final = (2.0, 4.0, 20.0, 70.0, 400.0)  # of a clock, ahead or behind
BACKENDS_MAX: Final = 4
EMPTIED_S_MAX: Final = 60.0  # it may be frozen just then

Blow: TypeAlias = Callable[[Place, Random, float], Awaitable[None]]  # the last: seconds at most


async def _signaled(place: Place, dice: Random, kind: str, number: signal.Signals) -> int | None:
    """The process that got it; None where it is just being started."""
    child = place.installation.child(f"{kind}{dice.randrange(2)}")
    process = child.process
    if process is None or process.poll() is not None:
        return None
    process.send_signal(number)
    return process.pid


def _gets(kind: str, number: signal.Signals) -> Blow:
    async def strike(place: Place, dice: Random, _: float) -> None:
        await _signaled(place, dice, kind, number)

    return strike


def _freezes(kind: str) -> Blow:
    async def strike(place: Place, dice: Random, longest_s: float) -> None:
        pid = await _signaled(place, dice, kind, signal.SIGSTOP)
        await asyncio.sleep(_lasts(dice, longest_s))
        if pid is not None:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:  # it was taken for frozen, and killed
                return

    return strike


async def postgres_freezes(place: Place, dice: Random, longest_s: float) -> None:
    place.postgres.signal(signal.SIGSTOP)
    try:
        await asyncio.sleep(_lasts(dice, longest_s))
    finally:
        place.postgres.signal(signal.SIGCONT)


async def a_few_of_postgres_freeze(place: Place, dice: Random, longest_s: float) -> None:
    place.postgres.signal(signal.SIGSTOP, backends=dice.randint(1, BACKENDS_MAX))
    try:
        await asyncio.sleep(_lasts(dice, longest_s))
    finally:
        place.postgres.signal(signal.SIGCONT)


async def postgres_is_killed(place: Place, _: Random, __: float) -> None:
    place.postgres.kill()


async def a_clock_jumps(place: Place, dice: Random, longest_s: float) -> None:
    """Of one process, and back again after a while, which is a jump as well."""
    clock = place.clocks[dice.choice(list(place.clocks))]
    clock.move(timedelta(seconds=dice.choice(OFFSETS_S) * dice.choice((-1, 1))))
    try:
        await asyncio.sleep(_lasts(dice, longest_s))
    finally:
        clock.move(timedelta(0))


async def redis_is_emptied(place: Place, _: Random, __: float) -> None:
    def empty() -> None:
        with redis.Redis.from_url(place.valkey.url, socket_timeout=EMPTIED_S_MAX) as client:
            client.flushall()

    await asyncio.to_thread(empty)


async def redis_freezes(place: Place, dice: Random, longest_s: float) -> None:
    os.kill(place.valkey.pid, signal.SIGSTOP)
    try:
        await asyncio.sleep(_lasts(dice, longest_s))
    finally:
        os.kill(place.valkey.pid, signal.SIGCONT)


async def the_disk_is_full(place: Place, dice: Random, longest_s: float) -> None:
    """The one under PostgreSQL."""
    assert place.disk is not None
    await asyncio.to_thread(place.disk.fill)
    try:
        await asyncio.sleep(_lasts(dice, longest_s))
    finally:
        place.disk.free()


def _at_the_store(strike: Strike) -> Blow:
    async def at(place: Place, dice: Random, longest_s: float) -> None:
        assert place.cluster is not None
        async with place.store_is_struck:  # one at a time: each begins with a leader that is well
            await strike(place.cluster, dice, _lasts(dice, longest_s))

    return at


def _lasts(dice: Random, longest_s: float) -> float:
    return dice.uniform(LASTS_S_MIN, longest_s)


EVERYWHERE: Final[Mapping[str, Blow]] = {
    "SIGKILL of an API": _gets("api", signal.SIGKILL),
    "SIGKILL of a worker": _gets("worker", signal.SIGKILL),
    "SIGSTOP of an API": _freezes("api"),
    "SIGSTOP of a worker": _freezes("worker"),
    "SIGTERM of an API": _gets("api", signal.SIGTERM),
    "SIGTERM of a worker": _gets("worker", signal.SIGTERM),
    "PostgreSQL freezes": postgres_freezes,
    "a few processes of PostgreSQL freeze": a_few_of_postgres_freeze,
    "PostgreSQL is killed": postgres_is_killed,
    "a clock jumps": a_clock_jumps,
    "Redis is emptied": redis_is_emptied,
    "Redis freezes": redis_freezes,
}
OF_A_DISK: Final[Mapping[str, Blow]] = {"the disk is full": the_disk_is_full}


def blows_for(place: Place) -> dict[str, Blow]:
    """Those that can be struck there, by name."""
    of_disk = {} if place.disk is None else OF_A_DISK
    struck = {} if place.cluster is None else STORE_BLOWS
    of_store = {name: _at_the_store(strike) for name, strike in struck.items()}
    return {**EVERYWHERE, **of_disk, **of_store}


def omitted(place: Place) -> list[str]:
    """What this machine does not let happen."""
    return [f"{one}: no tmpfs may be mounted" for one in OF_A_DISK if place.disk is None]


def drawn(place: Place, dice: Random, count: int) -> list[tuple[str, Blow]]:
    """Each as often as any other, in an order drawn."""
    known = list(blows_for(place).items())
    every = known * -(-count // len(known))
    rounds = [every[at : at + len(known)] for at in range(0, len(every), len(known))]
    for one in rounds:
        dice.shuffle(one)
    return [blow for one in rounds for blow in one][:count]
