"""Processes that are asked to end in the midst of a flood: how long each takes to be gone.

A worker is in a catch-up, and the log sends as fast as it can; an API has more callers than it can
serve. Nothing here kills a process unless it does not end by itself.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from random import Random
from typing import Final, Literal, TypeAlias

import aiohttp
import psycopg

from adapters.read_models.postgres.migrating import SCHEMA_OF_VERSIONS
from api.processes.children import Child
from projections.versions import VERSION, schema_name
from tests.bench.calls import UnexpectedAnswer, create_over_http
from tests.crash.waiting import until
from tests.end_to_end.installation import Installation, Links, answers
from tests.end_to_end.ports import free_port
from tests.end_to_end.stores import (
    double_process,
    esdb_store,
    esdb_url,
    installation_folder,
    merchant_key,
    postgres_database,
)

OWN: Final = schema_name(VERSION)
STOP_S_MAX: Final = 5.0  # what the long run demands
KILLED_AFTER_S: Final = 40.0  # longer than any grace: who lives then would live for ever
MERCHANT: Final = "flood"
CALLERS: Final = 48
FILL_S: Final = 20.0  # of the long run: a worker is busy with it for many seconds
LOOK_EVERY_S: Final = 0.02
READY_S_MAX: Final = 60.0
DELAY_S_MAX: Final = 1.0  # from the first sign of the flood, drawn

Kind: TypeAlias = Literal["api", "worker"]
Way: TypeAlias = Literal["SIGTERM", "leash"]
WAYS: Final[tuple[Way, ...]] = ("SIGTERM", "SIGTERM", "SIGTERM", "leash")


@dataclass(frozen=True, slots=True)
class Stop:
    """`code` None: it did not end by itself."""

    kind: Kind
    way: Way
    seconds: float
    code: int | None

    @property
    def is_well(self) -> bool:
        return self.code == 0


@dataclass(frozen=True, slots=True)
class Flood:
    """An installation whose log is full, of which only one process runs at a time, beside the
    simulator."""

    installation: Installation
    api_key: str
    dsn: str

    async def stop_of(self, kind: Kind, way: Way, delay_s: float) -> Stop:
        """Starts the process, stops it `delay_s` after the flood has reached it."""
        child = self.installation.child(f"{kind}0")
        flooding = self._api_floods if kind == "api" else self._worker_floods
        child.start()
        try:
            async with flooding():
                await asyncio.sleep(delay_s)
                return await asyncio.to_thread(_stopped, kind, child, way)
        finally:
            if child.process is not None:
                child.process.kill()
                child.process.wait()
            child.stop()

    @asynccontextmanager
    async def _worker_floods(self) -> AsyncIterator[None]:
        await until(self._has_projected, within_s=READY_S_MAX)
        yield
        await asyncio.to_thread(self._forget)

    @asynccontextmanager
    async def _api_floods(self) -> AsyncIterator[None]:
        url = self.installation.urls[0]
        await until(lambda: answers(f"{url}/readyz"), within_s=READY_S_MAX)
        async with _callers(url, self.api_key):
            yield

    def _has_projected(self) -> bool:
        with suppress(psycopg.Error), psycopg.connect(self.dsn) as connection:
            found = connection.execute(f"SELECT count(*) FROM {OWN}.payment_timeline").fetchone()
            return found is not None and found[0] > 0
        return False

    def _forget(self) -> None:
        """The next worker begins at the first event."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for schema in (OWN, SCHEMA_OF_VERSIONS):
                connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def _stopped(kind: Kind, child: Child, way: Way) -> Stop:
    process = child.process
    assert process is not None
    assert process.stdin is not None
    began = time.monotonic()
    if way == "leash":
        process.stdin.close()
    else:
        process.send_signal(signal.SIGTERM)
    try:
        code: int | None = process.wait(KILLED_AFTER_S)
    except subprocess.TimeoutExpired:
        code = None
    return Stop(kind, way, round(time.monotonic() - began, 2), code)


@asynccontextmanager
async def _callers(url: str, api_key: str) -> AsyncIterator[None]:
    """More of them than the process can serve. Begins once the first one was answered."""
    answered = asyncio.Event()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        call = create_over_http(session, url, api_key)
        callers = [asyncio.create_task(_call_on(call, answered)) for _ in range(CALLERS)]
        try:
            async with asyncio.timeout(READY_S_MAX):
                await answered.wait()
            yield
        finally:
            for caller in callers:
                caller.cancel()
            await asyncio.gather(*callers, return_exceptions=True)


async def _call_on(call: Callable[[], Awaitable[None]], answered: asyncio.Event) -> None:
    while True:
        try:
            await call()
            answered.set()
        except (aiohttp.ClientError, OSError, UnexpectedAnswer):
            await asyncio.sleep(LOOK_EVERY_S)


@contextmanager
def flooded(fill_s: float) -> Iterator[Flood]:
    """With a log of as many payments as callers can make in `fill_s`."""
    with ExitStack() as stack:
        esdb = esdb_url(stack.enter_context(double_process("24.2", "--flood")))
        postgres = stack.enter_context(postgres_database())
        folder = stack.enter_context(installation_folder())
        installation = Installation(
            folder=folder,
            links=Links(esdb=esdb, postgres=postgres),
            simulator_port=free_port(),
            api_ports=[free_port()],
            logged=True,
        )
        installation.prepare()
        simulator = installation.child("simulator")
        simulator.start()
        stack.callback(simulator.stop)
        key = asyncio.run(merchant_key(esdb_store(esdb), MERCHANT))
        flood = Flood(installation, key, postgres)
        asyncio.run(_fill(flood, fill_s))
        yield flood


async def _fill(flood: Flood, fill_s: float) -> None:
    stop = await flood.stop_of("api", "SIGTERM", fill_s)
    assert stop.code is not None, "the process that filled the log did not end"


async def stops(flood: Flood, kind: Kind, count: int, *, seed: int) -> list[Stop]:
    dice = Random(seed)
    return [
        await flood.stop_of(kind, WAYS[number % len(WAYS)], dice.uniform(0, DELAY_S_MAX))
        for number in range(count)
    ]
