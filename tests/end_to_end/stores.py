"""The stores of a production installation, as tests start them: the double, PostgreSQL, Valkey."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from adapters.event_store.eventstoredb.store import EventStoreDBStore
from api.composition.installation import begun
from api.composition.merchants import merchants_over
from application.ports.event_store import EventStore
from tests.crash.proxy import FaultProxy
from tests.end_to_end.ports import free_port
from tests.esdb_double import Engine
from tests.support.postgres import (
    behind_wire,
    drop_database,
    fresh_database,
    shared_server,
    socket_path,
)
from tests.support.valkey_server import RunningValkey

START_S_MAX: Final = 30.0
STOP_S_MAX: Final = 10.0
ESDB_OPTIONS: Final = "tls=false"
ACTOR: Final = "tests"


@contextmanager
def double_process(engine: Engine = "24.2", *options: str) -> Iterator[int]:
    """An EventStoreDB double as a process of its own; its port."""
    port = free_port()
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.esdb_double",
            "--port",
            str(port),
            "--engine",
            engine,
            *options,
        ],
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(STOP_S_MAX)


@contextmanager
def postgres_database() -> Iterator[str]:
    """An empty database on the server of this run: its dsn, through the server's socket."""
    dsn = fresh_database(shared_server())
    try:
        yield dsn
    finally:
        drop_database(dsn)


@contextmanager
def proxied_postgres(dsn: str) -> Iterator[tuple[FaultProxy, str]]:
    """A proxy before the server of `dsn`, and the dsn that leads through it."""
    with FaultProxy(socket_path(dsn)) as proxy:
        yield proxy, behind_wire(dsn, proxy.port)


@contextmanager
def proxied_valkey(server: RunningValkey) -> Iterator[tuple[FaultProxy, str]]:
    """A proxy before the server, and the URL that leads through it."""
    with FaultProxy(Path(server.url.removeprefix("unix://"))) as proxy:
        yield proxy, f"redis://127.0.0.1:{proxy.port}/0"


@contextmanager
def installation_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="interlock-plant-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def merchant_key(store: EventStore, merchant: str) -> str:
    """Registers a merchant and gives its API key. Closes the store."""
    try:
        merchants = merchants_over(store, await begun(store))
        await merchants.register(merchant, name=merchant.title(), actor=ACTOR)
        return (await merchants.issue_key(merchant, actor=ACTOR)).text
    finally:
        await store.aclose()


def esdb_store(connection_string: str) -> EventStoreDBStore:
    return EventStoreDBStore(connection_string)


def esdb_url(*ports: int) -> str:
    hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
    return f"esdb://{hosts}?{ESDB_OPTIONS}"


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    gives_up_at = time.monotonic() + START_S_MAX
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1.0).close()
        except OSError:
            assert process.poll() is None, "the server ended at once"
            assert time.monotonic() < gives_up_at, f"nothing listens on {port}"
            time.sleep(0.05)
        else:
            return
