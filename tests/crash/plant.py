"""An API, a worker and the simulator with a fault proxy on every wire between them and the stores.

Production mode, over EventStoreDB doubles that run in this process, so that their faults can be
reached. The embedded mode is killed as a whole product in run.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

import redis

from adapters.gateways.examples import simulator_gateways
from api.settings import Settings, read_settings
from application.ports.event_store import EventStore
from tests.crash.diary import MERCHANT, Diary
from tests.crash.load import Load, shopping
from tests.crash.outcome import Outcome, assess
from tests.crash.proxy import FaultProxy
from tests.crash.quick import QUICK
from tests.crash.witnesses import Site
from tests.end_to_end.installation import Installation, Links, installed
from tests.end_to_end.ports import free_port
from tests.end_to_end.stores import (
    esdb_store,
    esdb_url,
    installation_folder,
    merchant_key,
    postgres_database,
    proxied_postgres,
    proxied_valkey,
)
from tests.esdb_double import EsdbCluster, EsdbDouble
from tests.support.valkey_server import RunningValkey, running_valkey

ENVIRONMENT: Final = {f"INTERLOCK_{name.upper()}": str(value) for name, value in QUICK.items()}


@dataclass(kw_only=True)
class Plant:
    """`wires`: the proxies, by what is behind them. `esdb` and `dsn` lead past them."""

    installation: Installation
    wires: dict[str, FaultProxy]
    valkey: RunningValkey
    esdb: str
    dsn: str
    settings: Settings = field(default_factory=lambda: read_settings(**QUICK))

    async def open_store(self) -> EventStore:
        return esdb_store(self.esdb)

    @property
    def site(self) -> Site:
        return Site(
            open_store=self.open_store,
            dsn=self.dsn,
            books=self.installation.books,
            gateways=simulator_gateways(self.wires["gateways"].url),
            rules=self.settings.rules,
        )

    def forget_hot_state(self, diary: Diary) -> None:
        """Empties Redis, as when it is lost."""
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()
        diary.note("hot_state_lost")

    async def key(self) -> str:
        return await merchant_key(await self.open_store(), MERCHANT)

    @asynccontextmanager
    async def load(self, *, seed: int, shoppers: int) -> AsyncIterator[Load]:
        key = await self.key()
        async with shopping(
            self.installation.urls, key, seed=seed, shoppers=shoppers, patient=False
        ) as load:
            yield load

    async def judged(self, load: Load, *, seed: int) -> Outcome:
        """Ends the load and judges it."""
        faults_end_s = load.diary.now()
        await load.finish()
        return await assess(load, self.site, seed=seed, faults_end_s=faults_end_s)


@contextmanager
def production_plant() -> Iterator[tuple[Plant, EsdbDouble]]:
    """One node, behind a wire like everything else."""
    with ExitStack() as stack:
        double = stack.enter_context(EsdbDouble())
        wire = stack.enter_context(FaultProxy(double.port))
        plant = stack.enter_context(
            _plant({"event store": wire}, esdb_url(wire.port), past=esdb_url(double.port))
        )
        yield plant, double


@contextmanager
def cluster_plant() -> Iterator[tuple[Plant, EsdbCluster]]:
    """Three nodes, which processes find by gossip, so without a wire of their own."""
    with EsdbCluster(3) as cluster:
        url = esdb_url(*(node.port for node in cluster.nodes))
        with _plant({}, url, past=url) as plant:
            yield plant, cluster


@contextmanager
def _plant(wires: dict[str, FaultProxy], esdb: str, *, past: str) -> Iterator[Plant]:
    with ExitStack() as stack:
        dsn = stack.enter_context(postgres_database())
        wires["postgres"], postgres = stack.enter_context(proxied_postgres(dsn))
        valkey = stack.enter_context(running_valkey())
        wires["redis"], redis_url = stack.enter_context(proxied_valkey(valkey))
        simulator_port = free_port()
        wires["gateways"] = stack.enter_context(FaultProxy(simulator_port))
        links = Links(
            postgres=postgres, esdb=esdb, redis=redis_url, gateways_url=wires["gateways"].url
        )
        folder = stack.enter_context(installation_folder())
        running = stack.enter_context(
            installed(folder, links, simulator_port=simulator_port, settings=ENVIRONMENT)
        )
        yield Plant(installation=running, wires=wires, valkey=valkey, esdb=past, dsn=dsn)
