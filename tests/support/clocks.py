"""A process whose clock is wrong: libfaketime of `.venv-peers`, never this machine's own clock.

CLOCK_REALTIME alone moves; CLOCK_MONOTONIC goes on as it does. So a jump ahead while the process
runs is what a machine that was suspended sees.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from tests.support.peers import VENV


class WrongClock:
    """Of every process that was started with `environment`; moved while it runs."""

    def __init__(self, file: Path, *, at_once: bool = True) -> None:
        """`at_once`: a move is seen by the next look at the clock, which then costs some 80 us;
        else within a second, which costs nothing."""
        self._file = file
        self._at_once = at_once
        self.move(timedelta(0))

    @property
    def environment(self) -> dict[str, str]:
        """To be added to the environment of a process. Raises LookupError without .venv-peers."""
        (library,) = VENV.glob("lib/python*/site-packages/libfaketime/**/libfaketime.so.1")
        how = "FAKETIME_NO_CACHE" if self._at_once else "FAKETIME_CACHE_DURATION"
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            how: "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def move(self, off: timedelta) -> None:
        """From here on the clock is so far ahead of the true one, or behind it."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{off.total_seconds():+.3f}\n")
        os.replace(new, self._file)  # a reader sees the old or the new
