"""Installations that the contract of versions starts programs on: in memory, and in a database."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from typing import Final

import psycopg

from adapters.read_models.memory import (
    MemoryInstallation,
    MemoryQueries,
    MemoryReadModels,
    MemoryVersions,
    MemoryWorkList,
)
from adapters.read_models.postgres import PostgresReadModels, ReadModels, open_home
from adapters.read_models.postgres.pool import Pool
from adapters.read_models.postgres.schema import process_name
from projections.catalogue import PROJECTIONS
from projections.versions import schema_name
from tests.projections.versions_contract import Program

LOOK_AGAIN_S: Final = 0.01


class MemorySite:
    def __init__(self) -> None:
        self._now, self._running = 1_000.0, Counter[int]()
        self._all = MemoryInstallation(
            now=lambda: self._now, runs=lambda number: self._running[number] > 0
        )

    async def start(self, own: int) -> Program:
        self._all.prepare(own)
        self._running[own] += 1
        return Program(
            versions=MemoryVersions(self._all, own=own, projections=tuple(PROJECTIONS)),
            queries=lambda: MemoryQueries(self._all.read_by(own)),
            work_list=lambda: MemoryWorkList(self._all.read_by(own)),
        )

    async def stop(self, program: Program) -> None:
        self._running[program.versions.own] -= 1

    def rows(self, number: int) -> MemoryReadModels:
        return self._all.schemas[number]

    async def pass_by(self, seconds: float) -> None:
        self._now += seconds


class PostgresSite:
    """In a database of its own. `pool`: of nobody's version. To be closed."""

    def __init__(self, dsn: str, pool: Pool) -> None:
        self._dsn, self._pool = dsn, pool
        self._running: list[tuple[Program, AsyncExitStack]] = []

    async def start(self, own: int) -> Program:
        stack = AsyncExitStack()
        home = await stack.enter_async_context(open_home(self._dsn, own=own, ask_again_s=0.0))
        program = program_of(home)
        self._running.append((program, stack))
        return program

    async def stop(self, program: Program) -> None:
        (found,) = [one for one in self._running if one[0] is program]
        self._running.remove(found)
        await found[1].aclose()
        own = program.versions.own
        if not any(one.versions.own == own for one, _ in self._running):
            await self._gone(process_name(own))

    async def aclose(self) -> None:
        for program, _ in list(self._running):
            await self.stop(program)

    def rows(self, number: int) -> PostgresReadModels:
        return PostgresReadModels(self._pool, schema=schema_name(number))

    async def pass_by(self, seconds: float) -> None:
        async with await psycopg.AsyncConnection.connect(self._dsn) as connection:
            await connection.execute(
                "UPDATE read_models.version SET"
                " served_until = served_until - make_interval(secs => %(s)s),"
                " started_at = started_at - make_interval(secs => %(s)s)",
                {"s": seconds},
            )

    async def _gone(self, name: str) -> None:
        """The server notices a moment later."""
        listed = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
        async with await psycopg.AsyncConnection.connect(self._dsn, autocommit=True) as connection:
            while True:
                found = await connection.execute(listed, (name,))
                if await found.fetchone() == (0,):
                    return
                await asyncio.sleep(LOOK_AGAIN_S)


def program_of(home: ReadModels) -> Program:
    return Program(
        versions=home.versions,
        queries=lambda: home.queries,
        work_list=lambda: home.work_list,
    )
