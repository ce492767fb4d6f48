"""How long an installation takes to do its work again, measured under its load."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from tests.crash.load import Load

BACK_S_MAX: Final = 30.0  # bounds a test on a busy machine; what was measured is logged
LOOK_EVERY_S: Final = 0.05

log = logging.getLogger(__name__)


async def back_s(load: Load, what: str) -> float:
    """Seconds from now until a payment that was begun after now has succeeded. Raises
    TimeoutError after BACK_S_MAX."""
    since = load.diary.now()
    await load.served(within_s=BACK_S_MAX)
    took = load.diary.now() - since
    log.info("%s: serving %.2f s later", what, took)
    return took


async def projected_s(load: Load, what: str) -> float:
    """Seconds from now until what has succeeded by now is in the read models. Raises
    TimeoutError after BACK_S_MAX."""
    since, position = load.diary.now(), load.position
    async with asyncio.timeout(BACK_S_MAX):
        while True:
            if await load.client.is_projected(position):
                break
            await asyncio.sleep(LOOK_EVERY_S)
    took = load.diary.now() - since
    log.info("%s: projected %.2f s later", what, took)
    return took
