"""Sends what is queued to Redis as one batch, and the next batch when that is answered.

One round trip for all that are waiting: a connection for each call cost five times the CPU, and a
burst made its callers wait for connections until they took Redis for dead. Nothing is repeated.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from hashlib import sha1
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from adapters.hot_state.circuit import Circuit
from application.ports.hot_state import HotStateUnavailable

BATCH_MAX: Final = 256
QUEUE_MAX: Final = 20_000

Argument = str | bytes | int
Command = tuple[Argument, ...]
Call = tuple[Command, asyncio.Future[Any]]


class Pipeline:
    """`scripts`: the texts of all scripts that `run` may be given. `timeout_s`: of one batch."""

    def __init__(
        self, client: Redis, circuit: Circuit, scripts: tuple[str, ...], *, timeout_s: float
    ) -> None:
        self._client = client
        self._timeout_s = timeout_s
        self._circuit = circuit
        self._digests = {text: sha1(text.encode()).hexdigest() for text in scripts}
        self._queue: deque[Call] = deque()
        self._sender: asyncio.Task[None] | None = None

    async def run(self, script: str, keys: list[str], arguments: Sequence[Argument]) -> Any:
        """What the script returns. Raises HotStateUnavailable."""
        return await self.call("EVALSHA", self._digests[script], len(keys), *keys, *arguments)

    async def call(self, *command: Argument) -> Any:
        """What Redis answers. Raises HotStateUnavailable."""
        self._circuit.admit()
        if len(self._queue) >= QUEUE_MAX:
            raise HotStateUnavailable(f"{QUEUE_MAX} calls are waiting for Redis already")
        future = asyncio.get_running_loop().create_future()
        self._queue.append((command, future))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send())
        return await future

    async def aclose(self) -> None:
        """Calls that are not answered yet fail."""
        if self._sender is not None:
            self._sender.cancel()
            await asyncio.wait({self._sender})
        self._fail(self._queue, HotStateUnavailable("hot state was closed"))

    async def _send(self) -> None:
        while self._queue:
            size = min(BATCH_MAX, len(self._queue))
            batch = [self._queue.popleft() for _ in range(size)]
            try:
                results = await self._results([command for command, _ in batch])
            except (RedisError, OSError, RuntimeError) as failure:  # uvloop's, of a closed socket
                self._circuit.failed()
                words = str(failure) or f"no answer within {self._timeout_s} s"
                unavailable = HotStateUnavailable(f"Redis cannot be reached: {words}")
                self._fail(batch, unavailable)
                self._fail(self._queue, unavailable)
                self._queue.clear()
                return
            except BaseException:
                self._fail(batch, HotStateUnavailable("hot state was closed"))
                raise
            self._circuit.answered()
            self._answer(batch, results)

    async def _results(self, commands: list[Command]) -> list[Any]:
        """One result or RedisError for each command."""
        async with asyncio.timeout(self._timeout_s):
            results = await self._round_trip(commands)
            unknown = [at for at, one in enumerate(results) if isinstance(one, NoScriptError)]
            if unknown:  # a new server, or one that has forgotten
                await self._round_trip([("SCRIPT LOAD", text) for text in self._digests])
                again = await self._round_trip([commands[at] for at in unknown])
                for at, result in zip(unknown, again, strict=True):
                    results[at] = result
        for one in results:
            if isinstance(one, RedisConnectionError | RedisTimeoutError):
                raise one
        return results

    async def _round_trip(self, commands: list[Command]) -> list[Any]:
        async with self._client.pipeline(transaction=False) as pipe:
            for command in commands:
                pipe.execute_command(*command)
            results: list[Any] = await pipe.execute(raise_on_error=False)
        return results

    def _answer(self, batch: list[Call], results: list[Any]) -> None:
        for (_, future), result in zip(batch, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(HotStateUnavailable(f"Redis refused: {result}"))
            else:
                future.set_result(result)

    def _fail(self, calls: Iterable[Call], unavailable: HotStateUnavailable) -> None:
        for _, future in calls:
            if not future.done():
                future.set_exception(unavailable)
