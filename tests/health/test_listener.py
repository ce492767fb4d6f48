"""The operations listener itself: what is asked of it over a socket, and a port that is taken."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from api.health.checks import Checks
from api.health.listener import Health, watched
from api.processes.listening import bound, port_of
from api.settings import SettingsRefused
from tests.health.test_checks import Away


@asynccontextmanager
async def listening(health: Health) -> AsyncIterator[httpx.AsyncClient]:
    with bound("127.0.0.1", 0, "OPERATIONS_PORT") as sockets:
        base = f"http://127.0.0.1:{port_of(sockets)}"
        async with watched(health, sockets), httpx.AsyncClient(base_url=base) as client:
            async with asyncio.timeout(30):
                while True:
                    try:
                        await client.get("/healthz")
                        break
                    except httpx.ConnectError:
                        await asyncio.sleep(0.01)
            yield client


async def test_alive_ready_and_numbers() -> None:
    registry = CollectorRegistry()
    Counter("interlock_somethings", "Some.", registry=registry).inc()
    health = Health(checks=Checks({"log": Away()}, {"rows": Away(away=True)}), registry=registry)
    async with listening(health) as client:
        alive = await client.get("/healthz")
        ready = await client.get("/readyz")
        numbers = await client.get("/metrics")

    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["degraded"] == ["rows"]
    read = {one.name: one for one in text_string_to_metric_families(numbers.text)}
    assert read["interlock_somethings"].samples[0].value == 1.0


async def test_who_cannot_work_is_not_ready() -> None:
    async with listening(Health(checks=Checks({"log": Away(away=True)}))) as client:
        ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (503, "not_ready")


async def test_a_duty_that_hangs_makes_the_process_not_alive() -> None:
    health = Health(checks=Checks(), standing_still=lambda: {"recovery": 61.5})
    async with listening(health) as client:
        alive = await client.get("/healthz")
    assert alive.status_code == 503
    assert alive.json() == {"status": "hung", "standing_still_s": {"recovery": 61.5}}


async def test_anything_else_is_a_problem_document() -> None:
    async with listening(Health(checks=Checks())) as client:
        missing, posted = await client.get("/v1/payments"), await client.post("/readyz")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert (posted.status_code, posted.json()["code"]) == (405, "method_not_allowed")
    assert missing.headers["content-type"].startswith("application/problem+json")


def test_a_port_that_is_taken_is_refused_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with (
            pytest.raises(SettingsRefused) as refused,
            bound("127.0.0.1", port, "OPERATIONS_PORT"),
        ):
            pass
    said = f"INTERLOCK_OPERATIONS_PORT: port {port} of 127.0.0.1 is taken by "
    assert str(refused.value).startswith(said)
    assert f"(process {os.getpid()}): free it, or give another" in str(refused.value)


def test_a_host_that_is_not_there_is_refused_in_one_line() -> None:
    with pytest.raises(SettingsRefused) as refused, bound("no.such.invalid", 8080, "PORT"):
        pass
    assert str(refused.value) == "INTERLOCK_PORT: there is no host no.such.invalid"


def test_every_address_of_a_host_has_the_same_port() -> None:
    with bound("localhost", 0, "PORT") as sockets:
        assert len({one.getsockname()[1] for one in sockets}) == 1
