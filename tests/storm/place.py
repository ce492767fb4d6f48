"""Everything that a storm blows at: two APIs and two workers over stores of its own, each process
with a clock that can be moved, and a hostile gateway beside them that nothing befalls."""

from __future__ import annotations

import asyncio
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from adapters.event_store.postgres.store import EmbeddedEventStore
from adapters.gateways.configuration import GatewaySettings
from api.composition.first_run import begin_format
from application.ports.event_store import EventStore
from tests.crash.diary import MERCHANT
from tests.end_to_end.installation import NOTICE_SECRET, Installation, Links, installed
from tests.end_to_end.ports import free_port
from tests.end_to_end.stores import esdb_store, esdb_url, merchant_key
from tests.esdb_double import EsdbCluster
from tests.gateways.hostile.shop import settings_of
from tests.storm.disk import SmallDisk, small_disk
from tests.storm.keeper import Keeper, kept
from tests.storm.weather import Mode, Weather
from tests.support.clocks import WrongClock
from tests.support.valkey_server import RunningValkey, running_valkey

log = logging.getLogger(__name__)
DATABASE: Final = "storm"
APIS: Final = 2
WORKERS: Final = 2
NODES: Final = 3
PROCESSES: Final = ("api0", "api1", "worker0", "worker1")
STOP_S_MAX: Final = 10.0
# What each declares is true of the one behind all of them, which offers everything.
GATEWAYS: Final[dict[str, dict[str, object]]] = {
    "alpha": {"methods": ["card"]},
    "beta": {"methods": ["card", "upi"], "absence_final": False},
    "gamma": {"methods": ["card", "upi", "wallet"], "cancel_by_key": False},
}


@dataclass(kw_only=True)
class Place:
    """`cluster`: None in embedded mode. `disk`: None where none of its own may be mounted."""

    mode: Mode
    installation: Installation
    postgres: Keeper
    valkey: RunningValkey
    clocks: dict[str, WrongClock]
    cluster: EsdbCluster | None
    disk: SmallDisk | None
    books: Path
    store_is_struck: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open_store(self) -> EventStore:
        if self.cluster is not None:
            return esdb_store(_url_of(self.cluster))
        return await EmbeddedEventStore.connect(self.postgres.dsn)

    async def key(self) -> str:
        return await merchant_key(await self.open_store(), MERCHANT)


@contextmanager
def standing(mode: Mode, weather: Weather, *, keep: bool = False) -> Iterator[Place]:
    """Ready to be paid with, and its dead processes started again. `keep`: books and logs stay."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="interlock-storm-", dir="/tmp"))
        folder.chmod(0o711)
        if keep:
            log.info("books and logs stay in %s", folder)
        else:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        disk = stack.enter_context(small_disk(folder / "disk"))
        home = folder / "postgres" if disk is None else disk.folder / "postgres"
        postgres = stack.enter_context(kept(home, DATABASE, ends_frozen=mode == "embedded"))
        valkey = stack.enter_context(running_valkey())
        cluster = stack.enter_context(EsdbCluster(NODES)) if mode == "production" else None
        if cluster is None:
            asyncio.run(begin_format(postgres.dsn))
        clocks = {name: WrongClock(folder / f"clock-{name}", at_once=False) for name in PROCESSES}
        ports, gateway_port = [free_port() for _ in range(APIS)], free_port()
        books = folder / "books.jsonl"
        links = Links(
            postgres=postgres.dsn,
            esdb=None if cluster is None else _url_of(cluster),
            redis=valkey.url,
        )
        (folder / "installation").mkdir()
        stack.enter_context(_hostile(books, gateway_port, ports, folder / "secret", weather))
        running = stack.enter_context(
            installed(
                folder / "installation",
                links,
                api_ports=ports,
                workers=WORKERS,
                gateways=_gateways(f"http://127.0.0.1:{gateway_port}", weather.lateness_s),
                settings=weather.environment | {"INTERLOCK_LOG_LEVEL": "warning"},
                beside={name: clock.environment for name, clock in clocks.items()},
                logged=True,
            )
        )
        yield Place(
            mode=mode, installation=running, postgres=postgres, valkey=valkey, clocks=clocks,
            cluster=cluster, disk=disk, books=books,
        )  # fmt: skip


def _gateways(url: str, lateness_s: float) -> list[GatewaySettings]:
    return [
        settings_of(url, name, lateness_s=lateness_s, priority=place, **more)
        for place, (name, more) in enumerate(GATEWAYS.items())
    ]


def _url_of(cluster: EsdbCluster) -> str:
    return esdb_url(*(node.port for node in cluster.nodes))


@contextmanager
def _hostile(
    books: Path, port: int, api_ports: list[int], secret: Path, weather: Weather
) -> Iterator[None]:
    secret.write_text(NOTICE_SECRET)
    told = [f"http://127.0.0.1:{one}/v1/webhooks/{{gateway}}" for one in api_ports]
    command = [
        sys.executable, "-m", "tests.gateways.hostile", "--books", str(books),
        "--port", str(port), "--late-s", str(weather.late_s), "--notify-secret-file", str(secret),
        *(part for url in told for part in ("--notify", url)),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline(), "the hostile gateway ended before it served"
            yield
        finally:
            process.terminate()
            process.wait(STOP_S_MAX)
