"""Bounded waiting for what other processes or the passing of time bring about."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

POLL_S = 0.005
PATIENCE_S = 20.0
T = TypeVar("T")


async def eventually(ask: Callable[[], Awaitable[T]]) -> T:
    """The first true answer. Raises TimeoutError when none comes."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            answer = await ask()
            if answer:
                return answer
            await asyncio.sleep(POLL_S)
