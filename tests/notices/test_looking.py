"""A notice is answered 200 when what its gateway knows is on record: a gateway does not tell twice
what was taken from it, and nobody else looks at a try that is settled."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import httpx
import pytest

from api.http.dependencies import Hint
from api.http.routes import webhooks
from application.notices.receive import Received
from application.ports.event_store import StoreUnavailable
from tests.api.shop import Shop, open_shop
from tests.notices.test_notices import KEY, NOTICE, PATH, PAYMENT, notices, signed

BODY: Final = json.dumps(NOTICE).encode()


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with open_shop(projecting=False) as opened:
        yield opened


async def tell(shop: Shop) -> httpx.Response:
    return await shop.client.post(PATH, content=BODY, headers=signed(BODY))


def looks_by(shop: Shop, hint: Hint) -> None:
    api = shop.app.state.api
    api.services = replace(api.services, hint=hint)


async def test_a_gateway_that_could_not_be_heard_is_asked_to_come_again(shop: Shop) -> None:
    heard = False

    async def hint(_: Received) -> bool:
        return heard

    looks_by(shop, hint)
    first = await tell(shop)
    heard = True
    second = await tell(shop)

    assert (first.status_code, first.json()["code"]) == (503, "not_looked_up")
    assert first.json()["retryable"]
    assert first.headers["retry-after"] == "5"
    assert (second.status_code, second.json()) == (200, {"received": True})
    assert len(await notices(shop)) == 1


async def test_what_could_not_be_recorded_is_not_taken_from_the_gateway(shop: Shop) -> None:
    async def hint(_: Received) -> bool:
        raise StoreUnavailable("no answer")

    looks_by(shop, hint)

    assert (await tell(shop)).status_code == 503


async def test_a_look_that_takes_long_goes_on_behind_its_answer(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "LOOK_S_MAX", 0.01)
    answered, looked = asyncio.Event(), []

    async def hint(received: Received) -> bool:
        await answered.wait()
        looked.append(received)
        return True

    looks_by(shop, hint)
    answer = await tell(shop)
    answered.set()
    await shop.app.state.api.drain()

    assert answer.status_code == 503
    (received,) = looked
    assert (received.gateway, received.payment) == ("stripe", PAYMENT)
    assert received.money_under == KEY


async def test_a_look_that_fails_behind_its_answer_is_told_in_the_log(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)  # the outage itself is told where it is found
    monkeypatch.setattr(webhooks, "LOOK_S_MAX", 0.01)
    answered = asyncio.Event()

    async def hint(_: Received) -> bool:
        await answered.wait()
        raise StoreUnavailable("the log is away")

    looks_by(shop, hint)
    assert (await tell(shop)).status_code == 503
    assert "the log is away" not in caplog.text
    answered.set()
    await shop.app.state.api.drain()

    assert "the log is away" in caplog.text


async def test_more_notices_than_can_be_looked_into_come_again(shop: Shop) -> None:
    looking, answered = asyncio.Event(), asyncio.Event()

    async def hint(_: Received) -> bool:
        looking.set()
        return await answered.wait()

    looks_by(shop, hint)
    shop.app.state.api.looks._most = 1
    first = asyncio.create_task(tell(shop))
    await looking.wait()
    second = await tell(shop)
    answered.set()

    assert (second.status_code, second.json()["code"]) == (503, "busy")
    assert "is kept" in second.json()["title"]
    assert (await first).status_code == 200
