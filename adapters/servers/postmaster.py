"""What is known of a PostgreSQL server process from its folder. Must not start one."""

import re
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from adapters.servers.errors import EmbeddedServerTimeout
from adapters.servers.places import digest_of

STOP_TIMEOUT_S = 30.0
ORPHAN_PATIENCE_S = 2.0
ORPHAN_TIMEOUT_S = 30.0
POLL_S = 0.005


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A live server process of one cluster."""

    pid: int
    cluster: Path

    def is_alive(self) -> bool:
        """Whether the process still is this cluster's server (a zombie or a reused pid is not)."""
        return _serves(self.pid, self.cluster)

    def has_option(self, option: str) -> bool:
        """Whether the server was started with `option`, for example `fsync=off`."""
        try:
            options = (self.cluster / "postmaster.opts").read_text(encoding="utf-8")
        except FileNotFoundError:
            return False
        return re.search(rf'"{re.escape(option)}"', options) is not None

    def stop(self) -> None:
        """Shut down; open transactions are rolled back. Raises EmbeddedServerTimeout."""
        for step in (signal.SIGINT, signal.SIGQUIT):
            self._send(step)
            gives_up_at = time.monotonic() + STOP_TIMEOUT_S
            while time.monotonic() < gives_up_at:
                if not self.is_alive():
                    return
                time.sleep(POLL_S)
        raise EmbeddedServerTimeout(f"the server of {self.cluster} (pid {self.pid}) does not stop")

    def _send(self, step: signal.Signals) -> None:
        try:
            psutil.Process(self.pid).send_signal(step)
        except psutil.NoSuchProcess:
            return


def cluster_name(cluster: Path) -> str:
    """What the backends of `cluster` carry in their process title."""
    return f"interlock-{digest_of(cluster)}"


def running_postmaster(cluster: Path) -> Postmaster | None:
    """The live server named by the pid file of `cluster`, if there is one."""
    pid = _noted_pid(cluster)
    if pid is None or not _serves(pid, cluster):
        return None
    return Postmaster(pid=pid, cluster=cluster)


def clear_the_way(cluster: Path, sockets: Path) -> None:
    """After a crash: drop files that name a dead server, and wait for orphaned backends.

    Backends of a killed server hold its shared memory and may still write; a new server must
    not start beside them. They end by themselves; after ORPHAN_PATIENCE_S they are killed.
    """
    started_at = time.monotonic()
    while orphans := _orphans(cluster):
        waited_s = time.monotonic() - started_at
        if waited_s > ORPHAN_TIMEOUT_S:
            raise EmbeddedServerTimeout(f"old backends still use {cluster}: {orphans}")
        if waited_s > ORPHAN_PATIENCE_S:
            for orphan in orphans:
                orphan.kill()
        time.sleep(POLL_S)
    # PostgreSQL itself takes any process with the noted pid, zombie or stranger, for a server.
    for left_over in (cluster / "postmaster.pid", *sockets.glob(".s.PGSQL.*")):
        left_over.unlink(missing_ok=True)


def _noted_pid(cluster: Path) -> int | None:
    try:
        first_line, _, _ = (cluster / "postmaster.pid").read_text(encoding="utf-8").partition("\n")
        return abs(int(first_line))
    except (FileNotFoundError, ValueError):
        return None


def exists(pid: int) -> bool:
    """Whether `pid` is a process that runs, whatever it is by now; a zombie does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _serves(pid: int, cluster: Path) -> bool:
    # Told by the command line: reading another account's working directory takes a privilege
    # that even root lacks in many containers. A zombie's command line is empty.
    try:
        command = _command(psutil.Process(pid))
    except psutil.NoSuchProcess:
        return False
    return Path(command[0]).name == "postgres" and command[1:3] == ["-D", str(cluster)]


def _orphans(cluster: Path) -> list[psutil.Process]:
    title = f"postgres: {cluster_name(cluster)}:"
    return [
        process
        for process in psutil.process_iter()
        if " ".join(_command(process)).startswith(title)
    ]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline() or [""]
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return [""]
