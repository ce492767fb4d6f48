"""The parent of the embedded mode: PostgreSQL, simulator, API and worker from one command.

Ends them with itself, however it ends, and starts again one that is dead or frozen. Decides nothing
about money.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import logging
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from typing import Final

from pydantic import SecretStr

from adapters.gateways.examples import simulator_gateways
from adapters.servers.frozen import FrozenServerProcesses
from adapters.servers.postgres import PostgresFolder, RunningPostgres
from api.composition.first_run import begin_format
from api.processes.children import Child, module
from api.settings import PORT_MAX, PREFIX, Role, Settings

log = logging.getLogger(__name__)

DATABASE: Final = "interlock"
WATCH_EVERY_S: Final = 0.1
READY_S_MAX: Final = 60.0
PROBE_S_MAX: Final = 1.0


class DataInUse(Exception):
    """Another `interlock serve` runs on this data folder."""


class NotReady(Exception):
    """A process did not become ready in READY_S_MAX."""


@dataclass(slots=True)
class Embedded:
    """All the processes over one data folder. To be made with `started`."""

    settings: Settings
    postgres: RunningPostgres
    folder: PostgresFolder
    children: list[Child]
    frozen: FrozenServerProcesses = field(default_factory=FrozenServerProcesses)

    @property
    def url(self) -> str:
        return f"http://{self.settings.host}:{self.settings.port}"

    @property
    def simulator_url(self) -> str:
        return f"http://{self.settings.host}:{self.settings.simulator_port}"

    @property
    def dsn(self) -> str:
        return self.postgres.dsn(DATABASE)

    def watch(self) -> None:
        """To be called all the time: starts again what has died or is frozen."""
        self.frozen.end(self.postgres.postmaster, now=time.monotonic())
        if not self.postgres.postmaster.is_alive():
            log.warning("PostgreSQL is gone; starting it again")
            self.postgres = self.folder.start()
        for child in self.children:
            child.watch()

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watches from a thread of its own for the length of the block."""
        done = threading.Event()

        def keep_watching() -> None:
            while not done.wait(WATCH_EVERY_S):
                self.watch()

        watching = threading.Thread(target=keep_watching, daemon=True)
        watching.start()
        try:
            yield
        finally:
            done.set()
            watching.join()

    def wait_until_ready(self, pause: Callable[[float], object], gives_up_s: float) -> None:
        """Raises NotReady."""
        waited = 0.0
        while not (_answers(f"{self.simulator_url}/_control") and _answers(f"{self.url}/readyz")):
            if waited > gives_up_s:
                raise NotReady(f"nothing answers at {self.url} after {gives_up_s:.0f} s")
            self.watch()
            pause(WATCH_EVERY_S)
            waited += WATCH_EVERY_S


@contextmanager
def started(settings: Settings) -> Iterator[Embedded]:
    """Everything running, but perhaps not ready yet. Raises DataInUse,
    EmbeddedServerError, and FormatTooHigh for a data folder of a newer version."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with _alone(settings.data / "serve.lock"):
        folder = PostgresFolder(settings.data / "postgres")
        with folder.running() as postgres:
            dsn = postgres.ensure_database(DATABASE)
            asyncio.run(begin_format(dsn))
            embedded = Embedded(settings, postgres, folder, _children(settings, dsn))
            try:
                for child in embedded.children:
                    child.start()
                yield embedded
            finally:
                for child in reversed(embedded.children):
                    child.stop()
                if embedded.postgres is not postgres:
                    embedded.postgres.stop()


def _children(settings: Settings, dsn: str) -> list[Child]:
    secret = settings.data / "notice-secret"
    told = _of_children(settings, dsn, _notice_secret(secret))
    environment, secrets = told.environment(), told.secrets()
    simulator = module(
        "api.processes.leashed", "adapters.simulator",
        "--host", settings.host,
        "--port", str(settings.simulator_port),
        "--books", str(settings.data / "books"),
        "--seed", str(settings.simulator_seed),
        "--latency-scale", str(settings.simulator_latency_scale),
        "--notify", f"http://{settings.host}:{settings.port}",
        "--notify-secret-file", str(secret),
    )  # fmt: skip
    ports = _operations_ports(settings)
    return [
        Child("simulator", simulator, {}),
        Child("worker", module("api.processes.worker"), environment | ports["worker"], secrets),
        Child("api", module("api.processes.api_server"), environment | ports["api"], secrets),
    ]


def _operations_ports(settings: Settings) -> dict[Role, dict[str, str]]:
    """Each child's own, where one setting is for both: the worker's is the one behind the API's."""
    first = settings.operations_port
    if not first:  # each finds its own
        return {"api": {}, "worker": {}}
    name = f"{PREFIX}OPERATIONS_PORT"
    return {"api": {name: str(first)}, "worker": {name: str(first + 1 if first < PORT_MAX else 0)}}


def _of_children(settings: Settings, dsn: str, notice_secret: str) -> Settings:
    """The parent's, and what it made itself. The simulator signs for the gateways of its own only
    where no others are configured under their names."""
    simulated = dict.fromkeys(
        (one.name for one in simulator_gateways("http://simulator")), SecretStr(notice_secret)
    )
    configured = settings.notice_secrets
    signed = configured | simulated if settings.gateways_file is None else simulated | configured
    return settings.model_copy(update={"embedded_dsn": SecretStr(dsn), "notice_secrets": signed})


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise DataInUse(f"another interlock serve uses {path.parent}") from None
    try:
        yield
    finally:
        os.close(descriptor)


def _notice_secret(path: Path) -> str:
    """Shared with the simulator; made once for a data folder."""
    if not path.exists():
        made = "whsec_" + base64.b64encode(token_bytes(32)).decode()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(made)
    return path.read_text()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PROBE_S_MAX) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
