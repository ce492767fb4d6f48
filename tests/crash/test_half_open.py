"""Connections to PostgreSQL that carry nothing and tell nobody: noticed in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from adapters.read_models.postgres import bounded
from adapters.read_models.postgres.lease import held_lease
from adapters.read_models.postgres.pool import Pool, open_pool, spoken
from projections.failures import ReadModelsUnavailable
from tests.crash.proxy import FaultProxy
from tests.crash.waiting import until
from tests.end_to_end.stores import postgres_database, proxied_postgres

pytestmark = pytest.mark.slow

PATIENCE_S = 30.0  # against hanging for ever


@pytest.fixture
def wire() -> Iterator[tuple[FaultProxy, str]]:
    with postgres_database() as dsn, proxied_postgres(dsn) as wire:
        yield wire


async def test_an_idle_connection_that_went_silent_is_replaced(
    wire: tuple[FaultProxy, str],
) -> None:
    proxy, dsn = wire
    async with open_pool(dsn, connections_max=2) as pool, asyncio.timeout(PATIENCE_S):
        before = proxy.connections
        proxy.half_open()
        async with pool.connection() as connection:
            found = await (await connection.execute("SELECT 1")).fetchone()
        assert found == (1,)
        assert proxy.connections > before


async def test_an_answer_that_never_comes_is_a_failure(
    wire: tuple[FaultProxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, dsn = wire
    monkeypatch.setattr(bounded.BoundedConnection, "_answer_s_max", 0.5)
    async with open_pool(dsn) as pool, asyncio.timeout(PATIENCE_S):
        with pytest.raises(ReadModelsUnavailable):
            await _ask_into_silence(pool, proxy)


async def test_who_waits_for_a_lease_does_not_wait_on_a_dead_wire(
    wire: tuple[FaultProxy, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy, dsn = wire
    monkeypatch.setattr(bounded.BoundedConnection, "_answer_s_max", 0.5)
    asked = {"schema": "any", "projection": "payment_status", "look_again_s": 0.05}
    async with held_lease(dsn, **asked), asyncio.timeout(PATIENCE_S):  # type: ignore[arg-type]
        waiting = asyncio.create_task(_enter(dsn, asked))
        await until(lambda: proxy.connections == 2)  # the one who waits has connected
        proxy.half_open()
        with pytest.raises(ReadModelsUnavailable):
            await waiting


async def _ask_into_silence(pool: Pool, proxy: FaultProxy) -> None:
    with spoken():
        async with pool.connection() as connection:
            proxy.half_open()
            await connection.execute("SELECT 1")


async def _enter(dsn: str, asked: dict[str, object]) -> None:
    async with held_lease(dsn, **asked):  # type: ignore[arg-type]
        raise AssertionError("somebody else holds it")
