"""A worker that is frozen with its leases: the other one projects and recovers. Nobody watches over
them, as where each runs on a machine of its own."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from adapters.event_store.postgres.store import EmbeddedEventStore
from tests.end_to_end.installation import Installation, Links, installed
from tests.end_to_end.shop import Shop
from tests.end_to_end.stores import installation_folder, merchant_key, postgres_database

pytestmark = pytest.mark.slow

PATIENCE_S = 60.0
LOOK_EVERY_S = 0.1


async def key_of(dsn: str) -> str:
    return await merchant_key(await EmbeddedEventStore.connect(dsn), "acme")


@pytest.fixture
def two_workers() -> Iterator[tuple[Installation, Shop]]:
    with ExitStack() as stack:
        dsn = stack.enter_context(postgres_database())
        key = asyncio.run(key_of(dsn))
        folder = stack.enter_context(installation_folder())
        links = Links(postgres=dsn)
        found = stack.enter_context(installed(folder, links, workers=2, apart=True, watched=False))
        yield found, Shop(found.urls[0], key, found.books, found.simulator_url)


async def listed(shop: Shop, payment: str) -> None:
    """Returns when the read models have it."""
    while True:
        if payment in (await shop.get("/v1/payments?limit=20")).text:
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def test_the_other_worker_goes_on(two_workers: tuple[Installation, Shop]) -> None:
    """One after the other is frozen, so that every lease is once in frozen hands."""
    installation, shop = two_workers
    for worker in ("worker0", "worker1"):
        process = installation.child(worker).process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        async with asyncio.timeout(PATIENCE_S):
            ordinary = (await shop.pay()).json()["id"]
            unknown = (await shop.pay(token="tok_lost_charged")).json()["id"]
            await listed(shop, ordinary)
            assert (await shop.settled(unknown))["status"] == "succeeded"
        os.kill(process.pid, signal.SIGCONT)
        assert shop.charges(unknown) == shop.charges(ordinary) == 1
