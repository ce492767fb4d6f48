"""Whoever stops waiting for a connection, or stops while it gives one back, at whichever round of
the loop: the next one gets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, Final, Self

import pytest
from psycopg.pq import TransactionStatus

from adapters.kept_pool import KeptPool

ROUNDS: Final = 14
PATIENCE_S: Final = 60.0  # never needed: all ends by itself, within rounds of the loop


class Line:
    """What a pool needs of a connection."""

    def __init__(self) -> None:
        self.pgconn = SimpleNamespace(transaction_status=TransactionStatus.IDLE)
        self._pool: Any = None

    @classmethod
    async def connect(cls, *_: Any, **__: Any) -> Self:
        return cls()

    async def close(self) -> None:
        self.pgconn.transaction_status = TransactionStatus.UNKNOWN

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None


@asynccontextmanager
async def pool_of_one() -> AsyncIterator[KeptPool[Any]]:
    lines: Any = Line
    pool: KeptPool[Any] = KeptPool(
        "", connection_class=lines, min_size=1, max_size=1, open=False, timeout=PATIENCE_S
    )
    async with pool:
        await pool.wait()
        yield pool


async def rounds(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def borrow(pool: KeptPool[Any], held: int) -> None:
    async with pool.connection():
        await rounds(held)


@pytest.mark.parametrize("queued_at", range(ROUNDS))
async def test_who_is_cancelled_at_any_round_takes_no_connection_along(queued_at: int) -> None:
    """The first has it, the second and third queue at some round, one of them is cancelled."""
    async with pool_of_one() as pool:
        for cancelled in range(3):
            for cancelled_at in range(2 * ROUNDS):
                await _one_story(pool, queued_at, cancelled, cancelled_at)
                async with asyncio.timeout(PATIENCE_S / 10):
                    await borrow(pool, 0)


async def _one_story(
    pool: KeptPool[Any], queued_at: int, cancelled: int, cancelled_at: int
) -> None:
    async def later(after: int) -> None:
        await rounds(after)
        await borrow(pool, 1)

    tasks = [asyncio.create_task(later(after)) for after in (0, queued_at, queued_at + 1)]
    await rounds(cancelled_at)
    tasks[cancelled].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
