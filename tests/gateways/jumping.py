"""An event loop in real time, whose clock a test can put forward: a pause of seconds or hours ends
when the test says so, and never because the machine was busy."""

from __future__ import annotations

import asyncio
from typing import Final

ROUNDS: Final = 100


class JumpingLoop(asyncio.SelectorEventLoop):
    """Only its timers are put forward: `time.monotonic` goes on as it does."""

    ahead_s = 0.0

    def time(self) -> float:
        return super().time() + self.ahead_s


def jump(seconds: float) -> None:
    """What waits for a moment within these seconds wakes up now."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, JumpingLoop)
    loop.ahead_s += seconds


async def until_nobody_runs() -> None:
    """As many rounds as anybody takes who waits for nothing outside this process."""
    for _ in range(ROUNDS):
        await asyncio.sleep(0)
