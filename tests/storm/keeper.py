"""PostgreSQL of a storm's own: started again when it dies, as the embedded mode's parent does."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import psutil

from adapters.servers.errors import EmbeddedServerError
from adapters.servers.frozen import FrozenServerProcesses
from adapters.servers.postgres import PostgresFolder, RunningPostgres

WATCH_EVERY_S: Final = 0.1
log = logging.getLogger(__name__)


class Keeper:
    """`ends_frozen`: also ends processes of it that are stopped for long, as that parent does."""

    def __init__(
        self, folder: PostgresFolder, running: RunningPostgres, database: str, *, ends_frozen: bool
    ) -> None:
        self._folder, self.running = folder, running
        self._frozen = FrozenServerProcesses() if ends_frozen else None
        self._done = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self.dsn = running.ensure_database(database)
        self.starts = 1

    def start(self) -> None:
        self._watching.start()

    def stop(self) -> None:
        self._done.set()
        self._watching.join()
        self.signal(signal.SIGCONT)

    def signal(self, number: signal.Signals, *, backends: int | None = None) -> None:
        """To all its processes, or to so many that serve somebody."""
        for pid in self._processes() if backends is None else self._backends()[:backends]:
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """The server itself; its processes notice."""
        with suppress(ProcessLookupError):
            os.kill(self.running.pid, signal.SIGKILL)

    def _processes(self) -> Sequence[int]:
        with suppress(psutil.NoSuchProcess):
            server = psutil.Process(self.running.pid)
            return [server.pid, *(one.pid for one in server.children())]
        return []

    def _backends(self) -> Sequence[int]:
        """The busiest first."""
        found: list[tuple[float, int]] = []
        with suppress(psutil.NoSuchProcess):
            for one in psutil.Process(self.running.pid).children():
                with suppress(psutil.NoSuchProcess):
                    if "[local]" in " ".join(one.cmdline()):
                        found.append((sum(one.cpu_times()[:2]), one.pid))
        return [pid for _, pid in sorted(found, reverse=True)]

    def _watch(self) -> None:
        while not self._done.wait(WATCH_EVERY_S):
            if self._frozen is not None:
                self._frozen.end(self.running.postmaster, now=time.monotonic())
            if not self.running.postmaster.is_alive():
                try:
                    self.running = self._folder.start()
                    self.starts += 1
                except (EmbeddedServerError, OSError) as wrong:  # its disk is full: later
                    log.warning("PostgreSQL does not start: %s", wrong)


@contextmanager
def kept(home: Path, database: str, *, ends_frozen: bool) -> Iterator[Keeper]:
    home.mkdir(mode=0o711)
    folder = PostgresFolder(home)
    with folder.running() as running:
        keeper = Keeper(folder, running, database, ends_frozen=ends_frozen)
        keeper.start()
        try:
            yield keeper
        finally:
            keeper.stop()
            keeper.running.stop()
