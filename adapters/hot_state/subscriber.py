"""One subscriber connection to Redis, owned by one task: channels come and go while it listens."""

from __future__ import annotations

import asyncio
from collections.abc import Set
from contextlib import suppress
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError


class Subscriber:
    """Every method may raise RedisError or OSError: then the connection is of no more use."""

    def __init__(self, client: Redis) -> None:
        self._pubsub = client.pubsub()
        self._subscribed: set[str] = set()
        self._reading: asyncio.Task[dict[str, Any] | None] | None = None

    async def follow(self, channels: Set[str]) -> None:
        """Subscribes to what is new in `channels`, and drops what is not in it."""
        gone = self._subscribed - channels
        new = channels - self._subscribed
        self._subscribed = set(channels)
        if new:
            await self._pubsub.subscribe(*new)
        if gone:
            await self._pubsub.unsubscribe(*gone)

    async def next(
        self, *, wake: asyncio.Future[None], timeout_s: float
    ) -> tuple[str, str, bytes] | None:
        """(type, channel, data) of one message; None when `wake` is done or time is up first."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._pubsub.get_message(timeout=None))
        waits: set[asyncio.Future[Any]] = {self._reading, wake}
        await asyncio.wait(waits, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        if not self._reading.done():
            return None
        message = self._reading.result()
        self._reading = None
        if message is None:
            return None
        data = message["data"]
        body = data if isinstance(data, bytes) else b""
        return str(message["type"]), bytes(message["channel"]).decode(), body

    async def aclose(self) -> None:
        """Gives the connection back, closed."""
        if self._reading is not None:
            self._reading.cancel()
            with suppress(asyncio.CancelledError, RedisError, OSError):
                await self._reading
        with suppress(RedisError, OSError):
            await self._pubsub.aclose()  # type: ignore[no-untyped-call]
