"""Connections to PostgreSQL that carry nothing and tell nobody: noticed in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from adapters.read_models.postgres import bounded
from adapters.read_models.postgres.leases import PostgresLeases
from adapters.read_models.postgres.migrating import prepare
from adapters.read_models.postgres.pool import Pool, open_pool, spoken
from projections.failures import ReadModelsUnavailable
from tests.crash.proxy import FaultProxy
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
    wire: tuple[FaultProxy, str],
) -> None:
    proxy, dsn = wire
    await prepare(dsn, own=1)
    async with open_pool(dsn) as pool, asyncio.timeout(PATIENCE_S):
        leases = PostgresLeases(pool, schema="rm_v1")
        assert await leases.take("payment_status", "somebody")
        proxy.half_open()
        assert not await leases.take("payment_status", "another")


async def _ask_into_silence(pool: Pool, proxy: FaultProxy) -> None:
    with spoken():
        async with pool.connection() as connection:
            proxy.half_open()
            await connection.execute("SELECT 1")
