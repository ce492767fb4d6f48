"""Connections to PostgreSQL of which a caller that is cancelled loses none.

psycopg's pool gives and takes back a connection in the caller's own task: a caller whose time is up
in the midst of it drops the connection, and the pool counts it as lent for ever. A process that
lags, where time is up at any round of its loop, had lost all of them within a minute.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

Connection = TypeVar("Connection", bound=AsyncConnection[Any])


class KeptPool(AsyncConnectionPool[Connection]):
    """Gives and takes back in tasks of its own, which go on when the caller does not."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self._behind: set[asyncio.Task[None]] = set()  # a loop alone keeps no task alive

    async def getconn(self, timeout: float | None = None) -> Connection:
        """Whoever is cancelled while it waits has its connection returned when there is one."""
        getting = asyncio.create_task(super().getconn(timeout))
        try:
            return await asyncio.shield(getting)
        except asyncio.CancelledError:
            self._keep(self._given_back(getting))
            raise

    async def putconn(self, conn: Connection) -> None:
        await asyncio.shield(self._keep(super().putconn(conn)))

    async def _given_back(self, getting: asyncio.Task[Connection]) -> None:
        with suppress(Exception):  # nobody waits for it any more
            await super().putconn(await getting)

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._behind.add(task)
        task.add_done_callback(self._behind.discard)
        return task
