"""Virtual time for both ends of real connections within one process: hours pass in no time, but
never while bytes are on their way."""

from __future__ import annotations

import asyncio
import selectors
from typing import Final

from tests.payments.virtual_time import EverybodyWaits

LOOKS: Final = 2  # loopback delivers at once; a busy machine may need a moment
LOOK_S: Final = 0.0002


class _Selector(selectors.DefaultSelector):
    """Lets the time pass that would have been waited, once nothing can be read or written."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        for _ in range(LOOKS if timeout != 0 else 0):
            if ready:
                return ready
            ready = super().select(LOOK_S)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise EverybodyWaits
        self.now_s += max(0.0, timeout)
        return ready


class VirtualNetworkLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _Selector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._jumping.now_s
