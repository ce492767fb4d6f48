"""Ways to say something, or not to. Each makes a `Say`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from tests.gateways.hostile.turn import EndOfConnection, Reset, Say, Turn, error, http, tell


def reply(status: int, body: bytes | object, *headers: str, line: str = "") -> Say:
    """Always this."""

    async def say(turn: Turn) -> None:
        await turn.send(http(status, body, *headers, line=line))

    return say


def refusal(code: object, status: int = 503, *headers: str, **more: object) -> Say:
    """A definite no, `charged: false`."""
    return reply(status, {**error(code, False), **more}, *headers)


def unsure(status: int, code: str = "internal_error") -> Say:
    return reply(status, error(code, "unknown"))


def mapped(change: Callable[[dict[str, Any]], bytes | object], *headers: str) -> Say:
    """The truth in other words."""

    async def say(turn: Turn) -> None:
        status, told = turn.truth()
        await turn.send(http(status, change(told), *headers))

    return say


def changed(**members: object) -> Say:
    """The truth but for these members; `...` leaves one out."""

    def change(told: dict[str, Any]) -> object:
        merged = {**told, **members}
        return {name: value for name, value in merged.items() if value is not ...}

    return mapped(change)


def wired(change: Callable[[bytes], bytes], *, then_close: bool = True) -> Say:
    """The bytes of the truth, changed."""

    async def say(turn: Turn) -> None:
        await turn.send(change(http(*turn.truth())))
        if then_close:
            raise EndOfConnection

    return say


def raw(data: bytes) -> Say:
    """These bytes and the end."""
    return wired(lambda _: data)


async def close(_: Turn) -> None:
    raise EndOfConnection


async def reset(_: Turn) -> None:
    raise Reset


async def hang(turn: Turn) -> None:
    """Until everybody has gone."""
    await turn.closing.wait()
    raise EndOfConnection


def late(say: Say = tell) -> Say:
    """When nobody waits any more."""
    return _after(lambda turn: turn.late_s, say)


def soon(say: Say = tell) -> Say:
    """A little later, and in time."""
    return _after(lambda turn: turn.soon_s, say)


def _after(wait_s: Callable[[Turn], float], say: Say) -> Say:
    async def later(turn: Turn) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(turn.closing.wait(), wait_s(turn))
            raise EndOfConnection
        await say(turn)

    return later


def lagging(say: Say) -> Say:
    """For as long as a late answer takes; then the truth."""

    async def lag(turn: Turn) -> None:
        await (say if turn.age_s < turn.late_s else tell)(turn)

    return lag


def first(count: int, say: Say, then: Say = tell) -> Say:
    """So often to each key, and then something else."""
    told: dict[tuple[str, str], int] = {}

    async def counting(turn: Turn) -> None:
        key = (turn.asked.gateway, turn.asked.key)
        told[key] = told.get(key, 0) + 1
        await (say if told[key] <= count else then)(turn)

    return counting


def trickling(pieces: int, say_whole: bool = True) -> Say:
    """In so many pieces, a round of the loop after each; or never to the end."""

    async def trickle(turn: Turn) -> None:
        data = http(*turn.truth())
        size = max(1, len(data) // pieces)
        for place in range(0, len(data) if say_whole else len(data) // 2, size):
            await turn.send(data[place : place + size])
            await asyncio.sleep(0)
        if not say_whole:
            await hang(turn)

    return trickle
