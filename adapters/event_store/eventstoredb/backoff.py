"""How long to wait before trying again: exponential with full jitter, bounded."""

from __future__ import annotations

import random
from typing import Final

FIRST_S: Final = 0.02
CAP_S: Final = 0.5
_DOUBLINGS_MAX: Final = 10


class Backoff:
    """Counts failures in a row; every process waits a different time."""

    def __init__(self, *, first_s: float = FIRST_S, cap_s: float = CAP_S) -> None:
        self._first_s, self._cap_s = first_s, cap_s
        self.failures = 0

    def next_s(self) -> float:
        """Counts one more failure and gives the wait before the next attempt, in seconds."""
        ceiling = min(self._cap_s, self._first_s * 2 ** min(self.failures, _DOUBLINGS_MAX))
        self.failures += 1
        return random.uniform(ceiling / 4, ceiling)

    def reset(self) -> None:
        self.failures = 0
