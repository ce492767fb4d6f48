"""Ends processes of a PostgreSQL server that stand still: one that is stopped may hold a lock that
all others wait for, and the server cannot end it itself. What it had in hand is rolled back.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Final

import psutil

from adapters.servers.postmaster import Postmaster

FROZEN_S: Final = 5.0
LOOK_EVERY_S: Final = 1.0

log = logging.getLogger(__name__)


class FrozenServerProcesses:
    """Kills what was found stopped for FROZEN_S. Times are of time.monotonic()."""

    def __init__(self) -> None:
        self._since: dict[tuple[int, float], float] = {}  # by pid and the moment of its start
        self._looked_at = 0.0

    def end(self, postmaster: Postmaster, *, now: float) -> None:
        """To be called all the time; looks every LOOK_EVERY_S. Killed backends make the server
        recover, which takes a moment; after its own process is killed it must be started again."""
        if now - self._looked_at < LOOK_EVERY_S:
            return
        stood_still = now - self._looked_at > FROZEN_S  # we did, and perhaps everything
        self._looked_at = now
        found: dict[tuple[int, float], float] = {}
        for process in _stopped(postmaster):
            key = (process.pid, process.create_time())
            found[key] = now if stood_still else self._since.get(key, now)
            if now - found[key] > FROZEN_S:
                log.error("process %s of PostgreSQL is frozen: it is killed", process.pid)
                process.kill()
        self._since = found


def _stopped(postmaster: Postmaster) -> list[psutil.Process]:
    stopped = []
    with suppress(psutil.NoSuchProcess):
        server = psutil.Process(postmaster.pid)
        for process in (server, *server.children()):
            with suppress(psutil.NoSuchProcess):
                if process.status() == psutil.STATUS_STOPPED:
                    stopped.append(process)
    return stopped
