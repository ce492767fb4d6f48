"""A child tells its parent that it goes on: a byte now and then, through a pipe.

A process that is stopped, or whose event loop hangs, tells nothing. What a beat does not say is
whether the work gets on.
"""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from typing import Final

BEATS: Final = "INTERLOCK_BEATS"  # the number of the pipe's end that the child writes to
BEAT_EVERY_S: Final = 0.5
FROZEN_S: Final = 5.0  # silent for so long: it is frozen
STARTING_S_MAX: Final = 60.0  # until the first beat
UNWATCHED_S_MAX: Final = 2.0  # the parent itself stood still: it has missed what was told
READ_BYTES: Final = 4_096


class Pulse:
    """The parent's end. Times are of time.monotonic()."""

    def __init__(self, *, now: float) -> None:
        self._reads, self.writes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._heard_at, self._looked_at = now, now
        self.begun = False  # whether it was ever heard

    def started(self) -> None:
        """The child has its end now."""
        os.close(self.writes)

    def is_frozen(self, *, now: float) -> bool:
        """Whether nothing was heard for too long. To be asked all the time."""
        heard = self._hear()
        self.begun = self.begun or heard
        if heard or now - self._looked_at > UNWATCHED_S_MAX:
            self._heard_at = now
        self._looked_at = now
        return now - self._heard_at > (FROZEN_S if self.begun else STARTING_S_MAX)

    def close(self) -> None:
        os.close(self._reads)

    def _hear(self) -> bool:
        heard = False
        with suppress(BlockingIOError):
            while os.read(self._reads, READ_BYTES):
                heard = True
        return heard


async def keep_beating() -> None:
    """From the event loop, until it is cancelled. Returns at once where nobody listens."""
    while True:
        if not _beat():
            return
        await asyncio.sleep(BEAT_EVERY_S)


def keep_beating_aside() -> None:
    """From a thread, for programs that know nothing of their parent."""
    done = threading.Event()
    while _beat():
        done.wait(BEAT_EVERY_S)


def _beat() -> bool:
    """False where nobody listens any more."""
    told = os.environ.get(BEATS)
    if told is None:
        return False
    try:
        os.write(int(told), b".")
    except BlockingIOError:  # the parent stands still: the pipe is full of what it has not heard
        return True
    except OSError:
        return False
    return True
