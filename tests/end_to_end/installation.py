"""An installation of several processes, put together as production does: by environment alone.

Starts API processes, workers and the simulator over stores that somebody else started, and starts
again what dies, as a supervisor would. Decides nothing about what goes wrong.
"""

from __future__ import annotations

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from adapters.gateways.configuration import GatewaySettings
from adapters.gateways.examples import simulator_gateways
from api.processes.children import Child, module
from tests.end_to_end.ports import free_port

NOTICE_SECRET: Final = "whsec_aW50ZXJsb2NrLXRlc3Qtbm90aWNlLXNlY3JldA=="
READY_S_MAX: Final = 60.0
LOOK_EVERY_S: Final = 0.05
WATCH_EVERY_S: Final = 0.05
PROBE_S_MAX: Final = 1.0
GATEWAYS: Final = "gateways.json"
HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where the processes find their stores and gateways; a proxy may stand at any of them.

    `esdb` None: the embedded log, in the database of `postgres`. `gateways_url` None: the
    simulator's own.
    """

    postgres: str
    esdb: str | None = None
    redis: str | None = None
    gateways_url: str | None = None


@dataclass(slots=True, kw_only=True)
class Installation:
    """All the processes. To be made with `installed`."""

    folder: Path
    links: Links
    simulator_port: int
    api_ports: list[int]
    workers: int = 1
    settings: dict[str, str] = field(default_factory=dict)
    simulator_options: tuple[str, ...] = ("--latency-scale", "0", "--settle-s", "1")
    apart: bool = False  # as on machines of their own: nobody sees who is dead
    logged: bool = False  # into files of the folder, level info, instead of errors to the terminal
    notices: bool = False  # whether gateways tell; without, workers find out by looking
    gateways: Sequence[GatewaySettings] = ()  # () for the simulator's, which then is started too
    beside: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # environments by child
    children: list[Child] = field(default_factory=list)

    @property
    def books(self) -> Path:
        return self.folder / "books"

    @property
    def simulator_url(self) -> str:
        return f"http://{HOST}:{self.simulator_port}"

    @property
    def urls(self) -> list[str]:
        return [f"http://{HOST}:{port}" for port in self.api_ports]

    def child(self, name: str) -> Child:
        return next(one for one in self.children if one.name == name)

    def start(self) -> None:
        self.prepare()
        for child in self.children:
            child.start()

    def prepare(self) -> None:
        """Everything but that a process runs."""
        gateways = self.folder / GATEWAYS
        entries = [one.model_dump(mode="json") for one in self._entries()]
        gateways.write_text(json.dumps(entries))
        self.children = [] if self.gateways else [Child("simulator", self._simulator(), {})]
        for number in range(self.workers):
            name = f"worker{number}"
            environment = self._environment(gateways, name)
            self.children.append(Child(name, module("api.processes.worker"), environment))
        for number, port in enumerate(self.api_ports):
            name = f"api{number}"
            environment = self._environment(gateways, name) | {"INTERLOCK_PORT": str(port)}
            self.children.append(Child(name, module("api.processes.api_server"), environment))
        for child in self.children:
            if self.logged:
                child.command = logging_to(self.log_of(child.name), child.command)

    def log_of(self, name: str) -> Path:
        """Where a child's standard error goes when the installation is `logged`."""
        return self.folder / f"{name}.log"

    def command_environment(self) -> dict[str, str]:
        """Of a command that is given beside the processes."""
        return {**os.environ, **self._environment(self.folder / GATEWAYS, "command")}

    def stop(self) -> None:
        for child in reversed(self.children):
            child.stop()

    def kill(self, name: str) -> None:
        """`kill -9`; whoever watches starts it again."""
        process = self.child(name).process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def wait_until_ready(self) -> None:
        """Raises AssertionError after READY_S_MAX."""
        gives_up_at = time.monotonic() + READY_S_MAX
        wanted = [f"{url}/readyz" for url in self.urls]
        if not self.gateways:
            wanted.append(f"{self.simulator_url}/_control")
        while not all(map(answers, wanted)):
            assert time.monotonic() < gives_up_at, f"not ready after {READY_S_MAX:.0f} s"
            time.sleep(LOOK_EVERY_S)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Starts again what dies, from a thread, for the length of the block."""
        done = threading.Event()

        def keep_watching() -> None:
            while not done.wait(WATCH_EVERY_S):
                for child in self.children:
                    child.watch()

        watching = threading.Thread(target=keep_watching, daemon=True)
        watching.start()
        try:
            yield
        finally:
            done.set()
            watching.join()

    def _entries(self) -> Sequence[GatewaySettings]:
        simulated = simulator_gateways(self.links.gateways_url or self.simulator_url)
        return self.gateways or simulated

    def _simulator(self) -> list[str]:
        return module(
            "api.processes.leashed", "adapters.simulator",
            "--port", str(self.simulator_port),
            "--books", str(self.books),
            *self.simulator_options,
            *(self._notify() if self.notices else ()),
        )  # fmt: skip

    def _notify(self) -> tuple[str, ...]:
        secret = self.folder / "notice-secret"
        secret.write_text(NOTICE_SECRET)
        return "--notify", self.urls[0], "--notify-secret-file", str(secret)

    def _environment(self, gateways: Path, process: str) -> dict[str, str]:
        data = self.folder / (process if self.apart else "shared")
        names = [one.name for one in self._entries()]
        environment = {
            "INTERLOCK_DATA": str(data),
            "INTERLOCK_GATEWAYS_FILE": str(gateways),
            "INTERLOCK_NOTICE_SECRETS": json.dumps(dict.fromkeys(names, NOTICE_SECRET)),
            "INTERLOCK_LOG_LEVEL": "info" if self.logged else "error",
            "INTERLOCK_OPERATIONS_PORT": str(free_port()),
        }
        if self.links.esdb is None:
            environment |= {
                "INTERLOCK_MODE": "embedded", "INTERLOCK_EMBEDDED_DSN": self.links.postgres,
            }  # fmt: skip
        else:
            environment |= {
                "INTERLOCK_MODE": "production",
                "INTERLOCK_ESDB": self.links.esdb,
                "INTERLOCK_POSTGRES": self.links.postgres,
            }
        if self.links.redis is not None:
            environment["INTERLOCK_REDIS"] = self.links.redis
        return environment | self.settings | dict(self.beside.get(process, {}))


def logging_to(file: Path, command: Sequence[str]) -> list[str]:
    """The same command with its standard error appended to a file."""
    return ["/bin/sh", "-c", 'log=$1; shift; exec "$@" 2>>"$log"', "sh", str(file), *command]


@contextmanager
def installed(
    folder: Path, links: Links, *, apis: int = 1, watched: bool = True, **more: Any
) -> Iterator[Installation]:
    """Started, ready and watched, unless nobody is to start again what dies; stopped at the end."""
    installation = Installation(
        folder=folder,
        links=links,
        **{
            "api_ports": [free_port() for _ in range(apis)],
            "simulator_port": free_port(),
            **more,
        },
    )
    try:
        installation.start()
        with installation.watched() if watched else nullcontext():
            installation.wait_until_ready()
            yield installation
    finally:
        installation.stop()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PROBE_S_MAX) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
