"""Helpers that run pieces of code in processes of their own, to be raced and killed."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
WAIT_S = 60.0

# Prints "<pid of the server> <started here>" and waits for its standard input to end.
START = """
import sys
from pathlib import Path
from adapters.servers.postgres import PostgresFolder
server = PostgresFolder(Path(sys.argv[1])).start()
print(server.pid, server.started_here, flush=True)
sys.stdin.read()
"""
HOLD = """
import sys
from pathlib import Path
from adapters.servers.postgres import PostgresFolder
with PostgresFolder(Path(sys.argv[1])).running() as server:
    print(server.pid, server.started_here, flush=True)
    sys.stdin.read()
"""
# Everything is imported before the rights are given up: the environment may be closed afterwards.
AS_NOBODY = """
import encodings.idna, os, sys
from pathlib import Path
import psycopg
from adapters.servers.postgres import PostgresFolder
os.setgroups([]); os.setgid(65534); os.setuid(65534)
with PostgresFolder(Path(sys.argv[1])).running(fsync=False) as server:
    with psycopg.connect(server.ensure_database()) as connection:
        print(server.pid, connection.execute("SELECT 6 * 7").fetchone()[0], flush=True)
    sys.stdin.read()
"""
VALKEY = """
import sys
from tests.support.valkey_server import running_valkey
with running_valkey() as server:
    print(server.pid, server.folder, flush=True)
    sys.stdin.read()
"""


def spawn(code: str, *arguments: str | Path) -> subprocess.Popen[str]:
    """Run Python `code` beside this process."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def first_words(process: subprocess.Popen[str]) -> list[str]:
    """Wait for the first line that the process prints."""
    assert process.stdout is not None
    return process.stdout.readline().split()


def finish(process: subprocess.Popen[str], *, kill: bool = False) -> None:
    """End the process, politely or by `kill -9`."""
    if kill:
        process.kill()
    process.communicate(timeout=WAIT_S)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Poll `condition`, bounded."""
    gives_up_at = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < gives_up_at, f"never: {what}"
        time.sleep(0.01)


def is_gone(pid: int) -> bool:
    """Whether the process has ended, a zombie included."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
