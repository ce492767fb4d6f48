"""An event loop whose clock jumps to the next timer when nobody can run: hours pass in no time,
and every timeout is exact. Only for code that waits for nothing outside this process.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import Final

BOOTED_S: Final = 1024.0  # what every monotonic clock shows when a test begins: none starts at zero


class EverybodyWaits(BaseException):
    """Nothing can run, and no timer will ever change that: the test would hang."""


class _JumpingSelector(selectors.SelectSelector):
    """Lets the time pass that would have been waited."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise EverybodyWaits
        self.now_s += max(0.0, timeout)
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.now_s
