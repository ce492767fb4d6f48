"""The parent of the embedded mode: PostgreSQL, simulator, API and worker from one command.

Ends them with itself, however it ends, and starts again one that is dead or frozen. Decides nothing
about money.
"""

from __future__ import annotations

import asyncio
import base64
import fcntl
import http.client
import logging
import os
import threading
import time
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
from api.composition.simulator import WISHED, keep_port, kept_port, url_of
from api.processes.children import Child, module
from api.processes.listening import Sockets, bound, is_free, port_of
from api.processes.program import NEWER_NEEDED, REFUSED
from api.settings import PORT_MAX, PREFIX, Role, Settings

log = logging.getLogger(__name__)

DATABASE: Final = "interlock"
WATCH_EVERY_S: Final = 0.1
READY_S_MAX: Final = 60.0
PROBE_S_MAX: Final = 1.0


class DataInUse(Exception):
    """Another `interlock serve` runs on this data folder."""


class NotReady(Exception):
    """A process did not become ready in READY_S_MAX, or never will."""


class ToldToStop(Exception):
    """Somebody wanted it to end before it had begun."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What the children listen on, for as long as their parent lives: nobody else can take these
    ports, and whoever answers there is one of them."""

    api: Sockets
    simulator: Sockets


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
        return url_of(self.settings.host, self.settings.port)

    @property
    def simulator_url(self) -> str:
        return url_of(self.settings.host, self.settings.simulator_port)

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
        """`pause` gives True when somebody wants it to end. Raises NotReady, ToldToStop."""
        gives_up_at = time.monotonic() + gives_up_s
        host, port = self.settings.host, self.settings.port
        while not (
            answers(host, self.settings.simulator_port, "/_control")
            and answers(host, port, "/readyz")
        ):
            for child in self.children:
                if child.ended_with in (REFUSED, NEWER_NEEDED):
                    raise NotReady(f"{child.name} cannot start: what it said stands above")
            if time.monotonic() > gives_up_at:
                raise NotReady(f"nothing answers at {self.url} after {gives_up_s:.0f} s")
            self.watch()
            if pause(WATCH_EVERY_S) is True:
                raise ToldToStop("stopped before it was ready")


@contextmanager
def started(settings: Settings) -> Iterator[Embedded]:
    """Everything running, but perhaps not ready yet. Raises SettingsRefused and DataInUse before it
    has begun anything; EmbeddedServerError, and FormatTooHigh for a data folder of a newer
    version."""
    settings.data.mkdir(parents=True, exist_ok=True)
    with _alone(settings.data / "serve.lock"), _listening(settings) as ports:
        settings = settings.model_copy(
            update={"port": port_of(ports.api), "simulator_port": port_of(ports.simulator)}
        )
        keep_port(settings.data, settings.simulator_port)
        folder = PostgresFolder(settings.data / "postgres")
        with folder.running() as postgres:
            dsn = postgres.ensure_database(DATABASE)
            asyncio.run(begin_format(dsn))
            embedded = Embedded(settings, postgres, folder, _children(settings, dsn, ports))
            try:
                for child in embedded.children:
                    child.start()
                yield embedded
            finally:
                for one in ports.api:  # from now on a client is refused, and waits for nobody
                    one.close()
                for child in reversed(embedded.children):
                    child.stop()
                if embedded.postgres is not postgres:
                    embedded.postgres.stop()


@contextmanager
def _listening(settings: Settings) -> Iterator[Bound]:
    with bound(settings.host, settings.port, "PORT") as api, _simulators(settings) as simulator:
        yield Bound(api, simulator)


@contextmanager
def _simulators(settings: Settings) -> Iterator[Sockets]:
    """Raises SettingsRefused where the port that payments of this folder name is not to be had."""
    port = settings.simulator_port or kept_port(settings.data)
    if port is None:
        port = WISHED if is_free(settings.host, WISHED) else 0
    with bound(settings.host, port, "SIMULATOR_PORT") as sockets:
        yield sockets


def _children(settings: Settings, dsn: str, listens: Bound) -> list[Child]:
    secret = settings.data / "notice-secret"
    told = _of_children(settings, dsn, _notice_secret(secret))
    environment, secrets = told.environment(), told.secrets()
    simulator = module(
        "api.processes.leashed", "adapters.simulator",
        *(part for one in listens.simulator for part in ("--listen-fd", str(one.fileno()))),
        "--books", str(settings.data / "books"),
        "--seed", str(settings.simulator_seed),
        "--latency-scale", str(settings.simulator_latency_scale),
        "--notify", url_of(settings.host, settings.port),
        "--notify-secret-file", str(secret),
    )  # fmt: skip
    ports = _operations_ports(settings)
    return [
        Child("simulator", simulator, {}, listens=listens.simulator),
        Child("worker", module("api.processes.worker"), environment | ports["worker"], secrets),
        Child(
            "api",
            module("api.processes.api_server"),
            environment | ports["api"],
            secrets,
            listens=listens.api,
        ),
    ]


def _operations_ports(settings: Settings) -> dict[Role, dict[str, str]]:
    """Each child's own, where one setting is for both: the worker's is the one behind the API's."""
    first, name = settings.operations_port, f"{PREFIX}OPERATIONS_PORT"
    if first is None:  # nobody asked for these: any, where they are taken
        return {role: {name: str(_beside(settings, role))} for role in ("api", "worker")}
    if first == 0:  # each finds its own
        return {"api": {}, "worker": {}}
    return {"api": {name: str(first)}, "worker": {name: str(first + 1 if first < PORT_MAX else 0)}}


def _beside(settings: Settings, role: Role) -> int:
    port = settings.operations_at(role)
    return port if is_free(settings.operations_host, port) else 0


def _of_children(settings: Settings, dsn: str, notice_secret: str) -> Settings:
    """The parent's, and what it made itself: the simulator signs for gateways of its own, beside
    whoever is configured to sign, unless other gateways are configured under their names."""
    simulated = dict.fromkeys(
        (one.name for one in simulator_gateways("http://simulator")), (SecretStr(notice_secret),)
    )
    configured = settings.notice_secrets
    signed = simulated | configured
    if settings.gateways_file is None:
        signed |= {name: configured.get(name, ()) + own for name, own in simulated.items()}
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


def answers(host: str, port: int, path: str) -> bool:
    """Whether a GET is answered 200. Never by way of a proxy, whatever the environment says."""
    connection = http.client.HTTPConnection(host, port, timeout=PROBE_S_MAX)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
