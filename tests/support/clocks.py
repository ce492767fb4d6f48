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

    def __init__(self, file: Path) -> None:
        self._file = file
        self.move(timedelta(0))

    @property
    def environment(self) -> dict[str, str]:
        """To be added to the environment of a process. Raises LookupError without .venv-peers."""
        (library,) = VENV.glob("lib/python*/site-packages/libfaketime/**/libfaketime.so.1")
        return {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",  # the file is read at every look at the clock: some 15 us
            "DONT_FAKE_MONOTONIC": "1",
        }

    def move(self, off: timedelta) -> None:
        """From here on the clock is so far ahead of the true one, or behind it."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{off.total_seconds():+.3f}\n")
        os.replace(new, self._file)  # a reader sees the old or the new
