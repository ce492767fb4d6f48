"""The children of the embedded mode: started, watched, started again when they die or freeze."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from api.processes.beats import BEATS, Pulse
from api.processes.handing_over import environment_of_child, line_of
from api.processes.listening import LISTENS, Sockets

log = logging.getLogger(__name__)

RESTART_FIRST_S: Final = 0.2
RESTART_MOST_S: Final = 5.0
STEADY_S: Final = 10.0  # who ran so long starts again at once
STOP_S_MAX: Final = 20.0  # longer than a child's own grace (watchdog.py)


@dataclass(slots=True)
class Child:
    """One process. Its standard input brings the secrets, and is its leash then: it ends when the
    parent's end is closed. Its pulse says that it goes on. `environment`: all of Interlock's that
    it gets. `listens`: what its parent listens on for it, so that no port is lost when it dies."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    secrets: Mapping[str, Any] = field(default_factory=dict)
    listens: Sockets = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None
    pulse: Pulse | None = None
    restarts: int = 0
    ended_with: int | None = None  # when it last ended by itself
    started_at: float = 0.0
    start_again_at: float = 0.0
    pause_s: float = field(default=RESTART_FIRST_S)

    def start(self) -> None:
        line = line_of(self.secrets)
        self.started_at = time.monotonic()
        self.pulse = Pulse(now=self.started_at)
        told = {**self.environment, BEATS: str(self.pulse.writes)}
        listens = [one.fileno() for one in self.listens]
        if listens:
            told[LISTENS] = ",".join(map(str, listens))
        try:
            self.process = subprocess.Popen(
                self.command,
                env=environment_of_child(told),
                stdin=subprocess.PIPE,
                bufsize=0,
                pass_fds=[self.pulse.writes, *listens],
                start_new_session=True,  # Ctrl-C reaches the parent only, which stops them in order
            )
        finally:
            self.pulse.started()
        if self.process.stdin is not None:
            with suppress(BrokenPipeError):  # it is dead already, which `watch` will see
                self.process.stdin.write(line)

    def watch(self) -> None:
        """Starts it again when it is dead, ever more slowly while it keeps dying. One that is
        frozen is killed first. To be called all the time."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.start_again_at:
                self.restarts += 1
                self.start()
            return
        status = self.process.poll()
        if status is None:
            if self.pulse is not None and self.pulse.is_frozen(now=now):
                log.error("%s is frozen: it is killed", self.name)
                self.process.kill()
            return
        self.ended_with = status
        steady = now - self.started_at > STEADY_S
        self.pause_s = RESTART_FIRST_S if steady else min(self.pause_s * 2, RESTART_MOST_S)
        log.warning("%s ended with %s; again in %.1f s", self.name, status, self.pause_s)
        self._close()
        self.start_again_at = now + self.pause_s

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.send_signal(signal.SIGCONT)  # it hears nothing while it is stopped
        try:
            self.process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop in %.0f s", self.name, STOP_S_MAX)
            self.process.kill()
            self.process.wait()
        self._close()

    def _close(self) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.close()
        if self.pulse is not None:
            self.pulse.close()
        self.process = self.pulse = None


def module(*arguments: str) -> list[str]:
    """This Python running a module of ours, and none of the folder that it is started in."""
    return [sys.executable, "-P", "-m", *arguments]
