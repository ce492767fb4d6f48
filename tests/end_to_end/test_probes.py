"""What probes tell of real processes while a store is away, takes no writes, or a worker is frozen.
Production mode over the double; nobody starts again what stands still."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.crash.proxy import FaultProxy
from tests.end_to_end.installation import Installation, Links, installed
from tests.end_to_end.shop import Shop
from tests.end_to_end.stores import (
    esdb_store,
    esdb_url,
    installation_folder,
    merchant_key,
    postgres_database,
    proxied_postgres,
    proxied_valkey,
)
from tests.esdb_double import EsdbDouble
from tests.support.valkey_server import running_valkey

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parents[2]
PATIENCE_S: Final = 60.0
LOOK_EVERY_S: Final = 0.1
PROBE_S_MAX: Final = 3.0
LOUD_LINES_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Site:
    installation: Installation
    shop: Shop
    double: EsdbDouble
    postgres: FaultProxy
    redis: FaultProxy

    async def probe(self, name: str, path: str) -> httpx.Response | None:
        """Of the operations listener of a process; None where it does not answer."""
        port = self.installation.child(name).environment["INTERLOCK_OPERATIONS_PORT"]
        try:
            async with httpx.AsyncClient(timeout=PROBE_S_MAX) as client:
                return await client.get(f"http://127.0.0.1:{port}{path}")
        except httpx.TransportError:
            return None

    async def until(self, name: str, status: int | None, *failed: str) -> None:
        """Until it answers so, and exactly these checks fail. Status None: it does not answer."""
        found: Any = None
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    answer = await self.probe(name, "/readyz")
                    found = None if answer is None else (answer.status_code, answer.json())
                    if status is None and answer is None:
                        return
                    if answer is not None and answer.status_code == status:
                        checks = answer.json()["checks"].items()
                        if {one for one, ok in checks if ok == "failed"} == set(failed):
                            return
                    await asyncio.sleep(LOOK_EVERY_S)
        except TimeoutError:
            raise AssertionError(f"{name} still says {found}") from None

    def process(self, name: str) -> int:
        running = self.installation.child(name).process
        assert running is not None
        return running.pid


@contextmanager
def site() -> Iterator[Site]:
    with ExitStack() as stack:
        double = stack.enter_context(EsdbDouble(engine="24.2"))
        esdb = esdb_url(double.port)
        dsn = stack.enter_context(postgres_database())
        postgres, postgres_dsn = stack.enter_context(proxied_postgres(dsn))
        valkey = stack.enter_context(running_valkey())
        redis, redis_url = stack.enter_context(proxied_valkey(valkey))
        key = asyncio.run(merchant_key(esdb_store(esdb), "acme"))
        folder = stack.enter_context(installation_folder())
        links = Links(postgres=postgres_dsn, esdb=esdb, redis=redis_url)
        found = stack.enter_context(installed(folder, links, watched=False, logged=True))
        shop = Shop(found.urls[0], key, found.books, found.simulator_url)
        yield Site(found, shop, double, postgres, redis)


async def test_probes_tell_what_is_so() -> None:
    opened = site()
    here = await asyncio.to_thread(opened.__enter__)
    try:
        await here.until("api0", 200)
        await here.until("worker0", 200)
        await numbers_are_told(here)
        await a_log_that_takes_no_write_is_told(here)
        await without_read_models_it_charges(here)
        await without_redis_it_charges(here)
        await a_frozen_worker_is_told(here)
        outages_were_told_once(here)
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


async def numbers_are_told(here: Site) -> None:
    worker, api = await here.probe("worker0", "/metrics"), await here.probe("api0", "/metrics")
    assert worker is not None
    assert api is not None
    assert "interlock_work_list_sweeps_total 0.0" in worker.text
    assert 'interlock_work_list_differences_total{kind="missing"} 0.0' in worker.text
    assert "interlock_http_requests_total" in api.text
    assert (await here.shop.get("/metrics")).status_code == 404


async def a_log_that_takes_no_write_is_told(here: Site) -> None:
    """Reads go on, so that the log looks well to whoever only reads."""
    here.double.faults.hold_appends(stored=False)
    refused = await here.shop.pay()
    await here.until("api0", 503, "event_log_writes")
    public = await here.shop.get("/readyz")
    here.double.faults.clear()
    await here.until("api0", 200)

    assert refused.status_code == 503
    assert (public.status_code, public.json()["status"]) == (503, "not_ready")
    assert (await here.shop.pay()).status_code == 201


async def without_read_models_it_charges(here: Site) -> None:
    here.postgres.refuse()
    await here.until("api0", 200, "read_models", "projections", "worker")
    await here.until("worker0", 503, "read_models", "projections")
    alive = await here.probe("worker0", "/healthz")
    paid = await here.shop.pay()
    here.postgres.fair()
    await here.until("api0", 200)
    await here.until("worker0", 200)

    assert paid.status_code == 201
    assert alive is not None
    assert alive.status_code == 200  # a restart would not help


async def without_redis_it_charges(here: Site) -> None:
    here.redis.refuse()
    await here.until("api0", 200, "hot_state")
    await here.until("worker0", 200, "hot_state")
    paid = await here.shop.pay()
    here.redis.fair()
    await here.until("api0", 200)

    assert paid.status_code == 201


async def a_frozen_worker_is_told(here: Site) -> None:
    os.kill(here.process("worker0"), signal.SIGSTOP)
    await here.until("worker0", None)
    await here.until("api0", 200, "worker")
    said = await asyncio.to_thread(doctor, here.installation)
    os.kill(here.process("worker0"), signal.SIGCONT)
    await here.until("api0", 200)
    well = await asyncio.to_thread(doctor, here.installation)

    assert said.returncode == 1
    assert "has not got on for" in said.stdout
    assert well.returncode == 0, well.stdout
    assert "worker worker-" in well.stdout


def outages_were_told_once(here: Site) -> None:
    """Three outages, each told by those who found it; nobody foresaw anything else."""
    for name in ("api0", "worker0"):
        lines = [json.loads(one) for one in here.installation.log_of(name).read_text().splitlines()]
        loud = [one["event"] for one in lines if one["level"] not in ("info", "debug")]
        assert [one for one in lines if "exception" in one or one["level"] == "error"] == []
        assert len(loud) <= LOUD_LINES_MAX, loud


def doctor(installation: Installation) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api", "doctor"],
        cwd=ROOT, env=installation.command_environment(), capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
