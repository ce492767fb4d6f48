"""A bounded poll for what nobody announces."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 30.0
LOOK_EVERY_S: Final = 0.02


async def until(condition: Callable[[], object], *, within_s: float = PATIENCE_S) -> None:
    """Returns when `condition()` is true. Raises TimeoutError."""
    async with asyncio.timeout(within_s):
        while True:
            if condition():
                return
            await asyncio.sleep(LOOK_EVERY_S)
