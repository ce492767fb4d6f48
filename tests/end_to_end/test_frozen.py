"""SIGSTOP of each process in the middle of payments: the others go on, and it is started again."""

from __future__ import annotations

import asyncio
import os
import signal
from uuid import uuid4

import httpx
import psutil
import pytest

from api.processes.embedded import Embedded
from tests.end_to_end.shop import OPEN, Shop, payment_body

pytestmark = pytest.mark.slow

PATIENCE_S = 60.0
LOOK_EVERY_S = 0.1


def victims(interlock: Embedded, name: str) -> list[int]:
    """Of PostgreSQL its own process, or all that serve the others."""
    if name == "postgres":
        return [interlock.postgres.pid]
    if name == "backends":
        return [one.pid for one in psutil.Process(interlock.postgres.pid).children()]
    process = next(one.process for one in interlock.children if one.name == name)
    assert process is not None
    return [process.pid]


async def answered(shop: Shop, path: str, key: str | None = None) -> httpx.Response | None:
    """None where nobody answers, or not soon."""
    try:
        async with asyncio.timeout(PATIENCE_S / 10):
            if key is None:
                return await shop.get(path)
            return await shop.post(path, payment_body(), key=key)
    except (httpx.TransportError, TimeoutError):
        return None


async def paid(shop: Shop) -> str:
    """A payment that succeeded. The key stays until it is known what became of it."""
    key = str(uuid4())
    while True:
        answer = await answered(shop, "/v1/payments", key)
        if answer is not None and answer.status_code in (201, 202, 402):
            told = answer.json()
            if await succeeds(shop, told.get("payment") or told["id"]):
                return str(told["id"])
            key = str(uuid4())
        await asyncio.sleep(LOOK_EVERY_S)


async def succeeds(shop: Shop, payment: str) -> bool:
    """Once it is settled; the books say the same."""
    while True:
        answer = await answered(shop, f"/v1/payments/{payment}")
        if answer is not None and answer.status_code == 200:
            view = answer.json()
            if view["status"] not in OPEN:
                assert shop.net(payment) == view["amount_captured"]
                return bool(view["status"] == "succeeded")
        await asyncio.sleep(LOOK_EVERY_S)


async def listed(shop: Shop, payment: str) -> None:
    """Returns when the read models have it."""
    while True:
        answer = await answered(shop, "/v1/payments?limit=20")
        if answer is not None and answer.status_code == 200 and payment in answer.text:
            return
        await asyncio.sleep(LOOK_EVERY_S)


@pytest.mark.parametrize("victim", ["api", "worker", "simulator", "postgres", "backends"])
async def test_payments_go_on_when_a_process_is_frozen(
    interlock: Embedded, shop: Shop, victim: str
) -> None:
    paying = [asyncio.create_task(paid(shop)) for _ in range(20)]
    await asyncio.wait(paying, return_when=asyncio.FIRST_COMPLETED)
    for pid in victims(interlock, victim):
        os.kill(pid, signal.SIGSTOP)
    async with asyncio.timeout(2 * PATIENCE_S):
        payments = await asyncio.gather(*paying)
        newest = await paid(shop)
        await listed(shop, newest)
    for payment in (*payments, newest):
        assert shop.net(payment) == 4_200
        assert shop.charges(payment) == 1
