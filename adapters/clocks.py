"""The machine's clocks: one on the wall, which may be set, and one that only goes on."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Final

# CLOCK_MONOTONIC stands still while a machine is suspended, and a charge that was decided before
# would leave minutes after its time. Where there is a clock that counts the sleep, it is taken.
_GOES_ON: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def utc_now() -> datetime:
    """Wall time, UTC, aware."""
    return datetime.now(UTC)


def elapsed() -> float:
    """Seconds since some moment; only differences mean something."""
    return time.clock_gettime(_GOES_ON)
