"""Waits for commands of other processes over one subscriber connection for the whole process.

Messages are an acceleration only: everything watched is read again every RECHECK_S, so a lost
message costs that much and no more. Nobody listens while nothing is watched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError

from adapters.hot_state.scripts import RUNNING
from adapters.hot_state.subscriber import Subscriber
from application.ports.hot_state import HotStateUnavailable

RECHECK_S: Final = 0.25
WATCHED_MAX: Final = 10_000
FETCH_KEYS_MAX: Final = 500

Fetch = Callable[[list[UUID]], Awaitable[list[bytes | None]]]
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Watched:
    end: asyncio.Future[bytes | None]  # what the key held when it was no longer running
    waiters: int = 0


class Watch:
    """`fetch` reads what the keys hold and raises HotStateUnavailable, which ends all waiting."""

    def __init__(self, client: Redis, channel_prefix: str, fetch: Fetch) -> None:
        self._client = client
        self._prefix = channel_prefix
        self._fetch = fetch
        self._watched: dict[UUID, _Watched] = {}
        self._wake: asyncio.Future[None] | None = None
        self._listener: asyncio.Task[None] | None = None

    def channel(self, command: UUID) -> str:
        """Where the end of a command is told."""
        return f"{self._prefix}{command}"

    async def end_of(self, command: UUID, *, timeout_s: float) -> bytes | None:
        """What the key holds once it is no longer running; None when nothing, or time is up.
        Raises HotStateUnavailable."""
        watched = self._enter(command)
        try:
            await asyncio.wait({watched.end}, timeout=timeout_s)
            return watched.end.result() if watched.end.done() else None
        finally:
            watched.waiters -= 1
            if watched.waiters == 0 and self._watched.get(command) is watched:
                del self._watched[command]

    async def aclose(self) -> None:
        """Ends all waiting with HotStateUnavailable."""
        self._end_all(HotStateUnavailable("hot state was closed"))
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener

    def _enter(self, command: UUID) -> _Watched:
        watched = self._watched.get(command)
        if watched is None:
            if len(self._watched) >= WATCHED_MAX:
                raise HotStateUnavailable(f"{WATCHED_MAX} commands are waited for already")
            watched = _Watched(asyncio.get_running_loop().create_future())
            self._watched[command] = watched
            if self._wake is not None and not self._wake.done():
                self._wake.set_result(None)
        watched.waiters += 1
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen())
        return watched

    async def _listen(self) -> None:
        while self._watched:
            subscriber = Subscriber(self._client)
            broken = False
            try:
                await self._follow(subscriber)
            except (RedisError, OSError) as failure:
                _log.warning("the subscriber connection to Redis broke: %s", failure)
                broken = True
            finally:
                await subscriber.aclose()
            if broken:
                await self._recheck(list(self._watched))
                await asyncio.sleep(RECHECK_S if self._watched else 0)

    async def _follow(self, subscriber: Subscriber) -> None:
        loop = asyncio.get_running_loop()
        recheck_at = loop.time() + RECHECK_S
        self._wake = None
        while self._watched:
            if self._wake is None or self._wake.done():
                self._wake = loop.create_future()
                await subscriber.follow({self.channel(command) for command in self._watched})
            left_s = max(0.0, recheck_at - loop.time())
            told = await subscriber.next(wake=self._wake, timeout_s=left_s)
            if told is not None:
                await self._hear(*told)
            if loop.time() >= recheck_at:
                await self._recheck(list(self._watched))
                recheck_at = loop.time() + RECHECK_S
                self._wake = None  # those that ended in the meantime are unsubscribed

    async def _hear(self, kind: str, channel: str, data: bytes) -> None:
        command = UUID(channel.removeprefix(self._prefix))
        if kind == "subscribe":
            # What was told before the subscription stood was missed.
            await self._recheck([command])
        elif kind == "message":
            self._end(command, data or None)

    async def _recheck(self, commands: list[UUID]) -> None:
        for start in range(0, len(commands), FETCH_KEYS_MAX):
            chunk = commands[start : start + FETCH_KEYS_MAX]
            try:
                values = await self._fetch(chunk)
            except HotStateUnavailable as failure:
                self._end_all(failure)
                return
            for command, value in zip(chunk, values, strict=True):
                if value != RUNNING:
                    self._end(command, value)

    def _end(self, command: UUID, value: bytes | None) -> None:
        watched = self._watched.pop(command, None)
        if watched is not None:
            watched.end.set_result(value)

    def _end_all(self, failure: HotStateUnavailable) -> None:
        for watched in self._watched.values():
            watched.end.set_exception(failure)
            watched.end.exception()  # seen, also when every waiter has just been cancelled
        self._watched.clear()
