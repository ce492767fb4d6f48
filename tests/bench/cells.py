"""Every row of the report: what is opened for it, what is measured in it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from adapters.event_store.eventstoredb.store import EventStoreDBStore
from adapters.event_store.postgres.store import EmbeddedEventStore
from adapters.gateways.examples import simulator_gateways
from adapters.gateways.instant import InstantGateway
from adapters.gateways.registry import ConfiguredGateways
from adapters.hot_state.memory import MemoryHotState
from adapters.read_models.memory import MemoryReadModels, MemoryWorkList
from adapters.servers.postgres import PostgresFolder
from api.composition.core import compose
from api.composition.first_run import first_merchants
from api.composition.process import system_ports
from api.processes.embedded import READY_S_MAX, started
from api.settings import Settings, read_settings
from application.contents import Application
from application.installation.in_force import FormatInForce
from application.ports.event_store import EventStore
from domain.payment.rules import Rules
from tests.bench.calls import create_in_process, raw_append
from tests.bench.load import Measured, measure

HTTP_PORT: Final = 18_080
SIMULATOR_PORT: Final = 18_090


@asynccontextmanager
async def embedded_store(folder: Path) -> AsyncIterator[EventStore]:
    """On disk, fsync on."""
    with PostgresFolder(folder).running() as postgres:
        store = await EmbeddedEventStore.connect(postgres.ensure_database("bench"))
        try:
            yield store
        finally:
            await store.aclose()


@contextmanager
def double_process() -> Iterator[str]:
    """The wire double of EventStoreDB in a process of its own; gives its connection string."""
    command = [sys.executable, "-m", "tests.esdb_double", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as double:
        try:
            said = double.stdout.readline() if double.stdout else ""
            yield f"esdb://{said.rpartition(' ')[2].strip()}?tls=false"
        finally:
            double.terminate()


@asynccontextmanager
async def grpc_store(connection_string: str) -> AsyncIterator[EventStore]:
    """EventStoreDB's protocol over gRPC."""
    store = EventStoreDBStore(connection_string)
    try:
        yield store
    finally:
        await store.aclose()


def instant_core(store: EventStore, in_force: FormatInForce | None = None) -> Application:
    gateways = ConfiguredGateways(simulator_gateways("http://instant"), make=InstantGateway)
    ports = system_ports(
        store=store,
        work=MemoryWorkList(MemoryReadModels()),
        gateways=gateways,
        hot=MemoryHotState(time.monotonic),
        in_force=in_force or FormatInForce(),
    )
    return compose(ports, owner="bench", rules=Rules(), secrets={})


async def appends_and_payments(
    label: str, store: EventStore, concurrencies: Sequence[int], seconds: float
) -> list[Measured]:
    """Raw appends and whole payments on one store, in turn, so that their ratio means something."""
    core = instant_core(store)
    cells = []
    for concurrency in concurrencies:
        for name, call in (
            (f"{label}: raw appends of 4 events", raw_append(store)),
            (f"{label}: payments in process", create_in_process(core)),
        ):
            cells.append(await measure(name, call, concurrency=concurrency, seconds=seconds))
    return cells


def payments_over_http(
    *, instant: bool, concurrencies: Sequence[int], seconds: float
) -> list[Measured]:
    """The whole product: API, worker, PostgreSQL with fsync, and a generator beside them."""
    what = "in-process gateway" if instant else "simulator over HTTP"
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        settings = read_settings(
            data=Path(folder),
            port=HTTP_PORT,
            simulator_port=SIMULATOR_PORT,
            operations_port=0,
            simulator_latency_scale=0.0,
            instant_gateway=instant,
            log_level="error",
        )
        with server(settings) as api_key:
            return [
                generated(f"HTTP, {what}", settings, api_key, concurrency, seconds)
                for concurrency in concurrencies
            ]


@contextmanager
def server(settings: Settings) -> Iterator[str]:
    """A whole embedded Interlock; gives an API key."""
    with started(settings) as embedded:
        embedded.wait_until_ready(time.sleep, READY_S_MAX)
        with embedded.watched():
            yield first_merchants(embedded.dsn)[0][1]


def generated(
    name: str, settings: Settings, api_key: str, concurrency: int, seconds: float
) -> Measured:
    url = f"http://{settings.host}:{settings.port}"
    command = [sys.executable, "-m", "tests.bench.generator", name, url, str(concurrency)]
    done = subprocess.run(
        [*command, str(seconds)], input=api_key, capture_output=True, text=True, check=True
    )
    return Measured(**json.loads(done.stdout))
