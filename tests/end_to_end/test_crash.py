"""`kill -9` of each process in the middle of payments: the same end as in the books."""

from __future__ import annotations

import asyncio
import os
import signal
from uuid import uuid4

import httpx
import pytest

from api.processes.embedded import Embedded
from domain.canonical import derived_id
from tests.end_to_end.conftest import kill
from tests.end_to_end.shop import Shop, payment_body

pytestmark = pytest.mark.slow


async def answers(shop: Shop) -> None:
    """Returns when the API answers again; bounded by the test's own SETTLED_S_MAX elsewhere."""
    for _ in range(300):
        try:
            if (await shop.get("/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError("the API did not come back")


async def test_kill_the_api_between_attempt_and_answer(interlock: Embedded, shop: Shop) -> None:
    """The charge is booked at once and its answer held back: the API dies while it waits."""
    key, body = str(uuid4()), payment_body(token="tok_late_charged")
    payment = f"pay_{derived_id('acme', 'POST', '/v1/payments', key).hex}"
    waiting = asyncio.create_task(shop.post("/v1/payments", body, key=key))
    while shop.charges(payment) == 0:
        assert not waiting.done()
        await asyncio.sleep(0.02)
    kill(interlock, "api")
    with pytest.raises(httpx.TransportError):
        await waiting
    await answers(shop)
    view = await shop.settled(payment)
    assert view["status"] == "succeeded"
    assert shop.net(view["id"]) == view["amount_captured"] == 4_200
    again = await shop.post("/v1/payments", body, key=key)
    assert again.json()["id"] == view["id"]
    assert shop.charges(view["id"]) == 1


@pytest.mark.parametrize("victim", ["worker", "simulator", "api", "postgres"])
async def test_kill_under_load_loses_and_doubles_nothing(
    interlock: Embedded, shop: Shop, victim: str
) -> None:
    """Every payment that was acknowledged has the end that the books say, whoever died."""
    acknowledged: list[str] = []

    async def pay(client: httpx.AsyncClient, number: int) -> None:
        await asyncio.sleep(number / 100)
        try:
            answer = await shop.send(client, "/v1/payments", payment_body())
        except httpx.TransportError:
            return
        told = answer.json()
        if answer.status_code in (201, 202, 402):
            acknowledged.append(told.get("payment") or told["id"])

    async with shop.client() as client:
        paying = [asyncio.create_task(pay(client, number)) for number in range(150)]
        await asyncio.sleep(0.7)
        if victim == "postgres":
            os.kill(interlock.postgres.pid, signal.SIGKILL)
        else:
            kill(interlock, victim)
        await asyncio.gather(*paying)
    await answers(shop)
    assert acknowledged
    views = [await shop.settled(payment) for payment in acknowledged]
    assert {view["status"] for view in views} <= {"succeeded", "failed"}
    for view in views:
        assert shop.net(view["id"]) == view["amount_captured"]
