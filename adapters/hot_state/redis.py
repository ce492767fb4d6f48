"""Hot state in Redis, shared by all processes. Fails fast and repeats nothing (a repeated `begin`
would find its own mark): a call waits for the batch before it and for its own, no longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from uuid import UUID

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from adapters.hot_state import scripts
from adapters.hot_state.circuit import Circuit
from adapters.hot_state.pipeline import Argument, Pipeline
from adapters.hot_state.watch import Watch
from adapters.hot_state.windows import RECENT_MINUTES_MAX, recent_minutes
from application.ports.hot_state import (
    Begun,
    Fresh,
    HotStateUnavailable,
    Lock,
    Running,
    StoredAnswer,
)

TIMEOUT_S: Final = 0.25
CONNECTIONS_MAX: Final = 8  # one for all calls, one for the subscriber, and some to spare
WINDOW_TTL_MS: Final = (RECENT_MINUTES_MAX + 5) * 60 * 1000  # clocks may differ by minutes


class RedisHotState:
    """Opens connections when they are needed; may be made before Redis is there.

    `url`: redis://, rediss:// or unix://. `prefix` keeps several installations apart.
    `timeout_s`: how long Redis may take for a batch of calls, or to connect.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "interlock:",
        timeout_s: float = TIMEOUT_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = Redis(connection_pool=_pool(url, timeout_s))
        self._prefix = prefix
        circuit = Circuit(monotonic)
        self._pipeline = Pipeline(self._client, circuit, scripts.ALL, timeout_s=timeout_s)
        self._watch = Watch(self._client, f"{prefix}told:", self._fetch)

    async def begin(self, command: UUID, *, running_ttl_s: float) -> Begun:
        arguments: list[Argument] = [scripts.RUNNING, _milliseconds(running_ttl_s)]
        there = await self._pipeline.run(scripts.BEGIN, [self._command_key(command)], arguments)
        if there is None:
            return Fresh()
        return Running() if there == scripts.RUNNING else _decoded(there)

    async def conclude(self, command: UUID, answer: StoredAnswer, *, ttl_s: float) -> None:
        channel = self._watch.channel(command)
        arguments: list[Argument] = [msgspec.msgpack.encode(answer), _milliseconds(ttl_s), channel]
        await self._pipeline.run(scripts.CONCLUDE, [self._command_key(command)], arguments)

    async def abandon(self, command: UUID) -> None:
        arguments: list[Argument] = [scripts.RUNNING, scripts.GONE, self._watch.channel(command)]
        await self._pipeline.run(scripts.ABANDON, [self._command_key(command)], arguments)

    async def wait(self, command: UUID, *, timeout_s: float) -> StoredAnswer | None:
        (there,) = await self._fetch([command])
        if there == scripts.RUNNING:
            there = await self._watch.end_of(command, timeout_s=timeout_s)
        return None if there is None else _decoded(there)

    async def lock(self, name: str, *, ttl_s: float) -> Lock | None:
        keys = [self._lock_key(name), f"{self._prefix}fence"]
        token = await self._pipeline.run(scripts.LOCK, keys, [_milliseconds(ttl_s)])
        return None if token is None else Lock(name=name, token=int(token))

    async def unlock(self, lock: Lock) -> bool:
        return bool(
            await self._pipeline.run(scripts.UNLOCK, [self._lock_key(lock.name)], [str(lock.token)])
        )

    async def record_outcome(self, gateway: str, method: str, *, ok: bool, minute: int) -> None:
        arguments: list[Argument] = [gateway, int(ok), WINDOW_TTL_MS]
        await self._pipeline.run(
            scripts.RECORD_OUTCOME, [self._window_key(method, minute)], arguments
        )

    async def recent_outcomes(
        self, gateways: list[str], method: str, *, minute: int, minutes: int
    ) -> dict[str, tuple[int, int]]:
        windows = [self._window_key(method, one) for one in recent_minutes(minute, minutes)]
        if not gateways or not windows:
            return dict.fromkeys(gateways, (0, 0))
        counts = await self._pipeline.run(scripts.RECENT_OUTCOMES, windows, gateways)
        return {
            gateway: (int(counts[2 * index]), int(counts[2 * index + 1]))
            for index, gateway in enumerate(gateways)
        }

    async def aclose(self) -> None:
        await self._watch.aclose()
        await self._pipeline.aclose()
        await self._client.aclose(close_connection_pool=True)

    def _command_key(self, command: UUID) -> str:
        return f"{self._prefix}command:{command}"

    def _lock_key(self, name: str) -> str:
        return f"{self._prefix}lock:{name}"

    def _window_key(self, method: str, minute: int) -> str:
        return f"{self._prefix}outcomes:{method}:{minute}"

    async def _fetch(self, commands: list[UUID]) -> list[bytes | None]:
        keys = [self._command_key(command) for command in commands]
        values: list[bytes | None] = await self._pipeline.call("MGET", *keys)
        return values


def _pool(url: str, timeout_s: float) -> BlockingConnectionPool:
    return BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS_MAX,
        timeout=timeout_s,
        socket_timeout=timeout_s,
        socket_connect_timeout=timeout_s,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
    )


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _decoded(value: bytes) -> StoredAnswer:
    try:
        return msgspec.msgpack.decode(value, type=StoredAnswer)
    except (msgspec.DecodeError, msgspec.ValidationError) as failure:
        raise HotStateUnavailable(f"a stored answer is unreadable: {failure}") from failure
