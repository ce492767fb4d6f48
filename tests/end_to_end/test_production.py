"""Production mode as processes: two APIs and two workers over EventStoreDB (the wire double),
PostgreSQL and Redis, with the gateways from a file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
import redis

from tests.crash.proxy import FaultProxy
from tests.end_to_end.installation import Installation, Links, installed
from tests.end_to_end.shop import Shop, payment_body
from tests.end_to_end.stores import (
    double_process,
    esdb_store,
    esdb_url,
    installation_folder,
    merchant_key,
    postgres_database,
    proxied_valkey,
)
from tests.support.valkey_server import RunningValkey, running_valkey

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Production:
    """`shops`: the same merchant at each API process; `stranger`: another one."""

    installation: Installation
    valkey: RunningValkey
    redis_link: FaultProxy
    shops: tuple[Shop, Shop]
    stranger: Shop

    def forget_hot_state(self) -> None:
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()


@pytest.fixture(scope="module")
def production() -> Iterator[Production]:
    with ExitStack() as stack:
        esdb = esdb_url(stack.enter_context(double_process()))
        valkey = stack.enter_context(running_valkey())
        redis_link, redis_url = stack.enter_context(proxied_valkey(valkey))
        postgres = stack.enter_context(postgres_database())
        keys = [asyncio.run(merchant_key(esdb_store(esdb), one)) for one in ("acme", "globex")]
        links = Links(esdb=esdb, postgres=postgres, redis=redis_url)
        folder = stack.enter_context(installation_folder())
        running = stack.enter_context(installed(folder, links, apis=2, workers=2))
        at = [Shop(url, keys[0], running.books, running.simulator_url) for url in running.urls]
        stranger = Shop(running.urls[1], keys[1], running.books, running.simulator_url)
        yield Production(running, valkey, redis_link, (at[0], at[1]), stranger)


async def test_a_payment_goes_through_both_apis(production: Production) -> None:
    here, there = production.shops
    created = await here.pay(capture_method="manual")
    assert (created.status_code, created.json()["status"]) == (201, "requires_capture")
    path = f"/v1/payments/{created.json()['id']}"
    part = await there.post(f"{path}/capture", {"amount": 3_000})
    assert (part.status_code, part.json()["amount_captured"]) == (200, 3_000)
    refund = await here.post(f"{path}/refunds", {"amount": 1_200})
    assert (refund.status_code, refund.json()["status"]) == (201, "succeeded")
    view = (await there.get(path)).json()
    assert (view["amount_captured"], view["amount_refunded"]) == (3_000, 1_200)
    assert here.net(view["id"]) == 1_800
    assert (await production.stranger.get(path)).status_code == 404


async def test_the_timeline_and_the_list_are_projected_by_the_workers(
    production: Production,
) -> None:
    here, there = production.shops
    created = await here.pay()
    at = created.headers["Interlock-Position"]
    listed = (await there.get(f"/v1/payments?at_least={at}&limit=100")).json()["data"]
    assert created.json()["id"] in [one["id"] for one in listed]
    told = (await there.get(f"/v1/payments/{created.json()['id']}/timeline")).json()["data"]
    assert [one["type"] for one in told] == [
        "PaymentInitiated", "RouteDecided", "AttemptStarted", "AttemptSucceeded",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("token", "told", "end"),
    [
        ("tok_lost_charged", "pending_verification", "succeeded"),
        ("tok_pending_declined", "processing", "failed"),
    ],
)
async def test_an_unknown_outcome_is_settled_by_a_worker(
    production: Production, token: str, told: str, end: str
) -> None:
    here, there = production.shops
    answer = await here.pay(token=token)
    assert (answer.status_code, answer.json()["status"]) == (202, told)
    view = await there.settled(answer.json()["id"])
    assert view["status"] == end
    assert view["amount_captured"] == here.net(view["id"])
    assert here.charges(view["id"]) == 1


async def test_a_stored_answer_is_the_same_without_redis(production: Production) -> None:
    here, there = production.shops
    kept = [(str(uuid4()), payment_body(token=one)) for one in ("tok_ok", "tok_expired_card")]
    first = [await here.post("/v1/payments", body, key=key) for key, body in kept]
    assert [one.status_code for one in first] == [201, 402]
    refund_key, path = str(uuid4()), f"/v1/payments/{first[0].json()['id']}/refunds"
    refund = await here.post(path, {"amount": 9_999}, key=refund_key)
    assert refund.status_code == 409

    async def repeats(shop: Shop) -> list[bytes]:
        again = [await shop.post("/v1/payments", body, key=key) for key, body in kept]
        again.append(await shop.post(path, {"amount": 9_999}, key=refund_key))
        assert {one.headers["Idempotent-Replayed"] for one in again} == {"true"}
        return [one.content for one in again]

    said = [one.content for one in (*first, refund)]
    assert await repeats(there) == said
    production.forget_hot_state()
    assert await repeats(there) == said
    production.redis_link.refuse()
    try:
        assert await repeats(here) == await repeats(there) == said
        assert (await here.pay()).status_code == 201
    finally:
        production.redis_link.fair()
    assert here.charges(first[0].json()["id"]) == 1


async def through_both(production: Production, count: int, path: str, key: str | None) -> list[
    httpx.Response
]:  # fmt: skip
    """The same request `count` times at once, in turn at each API."""
    here, there = production.shops
    body = payment_body() if path == "/v1/payments" else {}
    async with here.client() as one, there.client() as other:
        sends = [
            here.send(one if number % 2 else other, path, body, key=key) for number in range(count)
        ]
        return list(await asyncio.gather(*sends))


@pytest.mark.parametrize("with_redis", [True, False])
async def test_200_identical_creates_are_one_payment_and_one_charge(
    production: Production, with_redis: bool
) -> None:
    if not with_redis:
        production.redis_link.refuse()
    try:
        answers = await through_both(production, 200, "/v1/payments", str(uuid4()))
    finally:
        production.redis_link.fair()
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert production.shops[0].charges(answers[0].json()["id"]) == 1


async def test_50_refunds_of_the_full_amount_give_the_money_back_once(
    production: Production,
) -> None:
    payment = (await production.shops[0].pay()).json()["id"]
    answers = await through_both(production, 50, f"/v1/payments/{payment}/refunds", None)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 49
    assert production.shops[0].net(payment) == 0
