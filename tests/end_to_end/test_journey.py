"""What a merchant does with curl: create, replay, capture, refund, look."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.end_to_end.shop import Shop, payment_body

pytestmark = pytest.mark.slow


async def test_create_and_replay_give_the_same_bytes(shop: Shop) -> None:
    key = str(uuid4())
    first, again = await shop.pay(key=key), await shop.pay(key=key)
    assert first.status_code == again.status_code == 201
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    assert shop.net(first.json()["id"]) == 4_200


async def test_the_same_key_with_another_body_is_refused(shop: Shop) -> None:
    key = str(uuid4())
    await shop.pay(key=key)
    changed = await shop.pay(key=key, amount=9_999)
    assert changed.status_code == 422
    assert changed.json()["code"] == "idempotency_key_reused"


async def test_200_identical_creates_are_one_payment_and_one_charge(shop: Shop) -> None:
    key = str(uuid4())
    async with shop.client() as client:
        sends = [shop.send(client, "/v1/payments", payment_body(), key=key) for _ in range(200)]
        answers = await asyncio.gather(*sends)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert shop.charges(answers[0].json()["id"]) == 1


async def test_50_refunds_of_the_full_amount_give_the_money_back_once(shop: Shop) -> None:
    payment = (await shop.pay()).json()["id"]
    async with shop.client() as client:
        path = f"/v1/payments/{payment}/refunds"
        answers = await asyncio.gather(*(shop.send(client, path) for _ in range(50)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] + [409] * 49
    assert shop.net(payment) == 0


async def test_manual_capture_in_parts_and_not_beyond(shop: Shop) -> None:
    created = await shop.pay(capture_method="manual")
    payment = created.json()["id"]
    assert created.json()["status"] == "requires_capture"
    path = f"/v1/payments/{payment}/capture"
    part = await shop.post(path, {"amount": 1_000})
    assert (part.status_code, part.json()["status"]) == (200, "partially_captured")
    beyond = await shop.post(path, {"amount": 3_201})
    assert (beyond.status_code, beyond.json()["code"]) == (409, "capture_exceeds_authorized")
    rest = await shop.post(path)
    assert rest.json()["status"] == "succeeded"
    assert shop.net(payment) == 4_200


async def test_a_refund_beyond_the_capture_is_refused_also_when_repeated(shop: Shop) -> None:
    payment = (await shop.pay()).json()["id"]
    path, key = f"/v1/payments/{payment}/refunds", str(uuid4())
    beyond = await shop.post(path, {"amount": 4_201}, key=key)
    assert (beyond.status_code, beyond.json()["code"]) == (409, "refund_exceeds_captured")
    assert (await shop.post(path, {"amount": 4_201}, key=key)).content == beyond.content
    assert shop.net(payment) == 4_200


async def test_cancel_releases_what_is_held(shop: Shop) -> None:
    payment = (await shop.pay(capture_method="manual")).json()["id"]
    canceled = await shop.post(f"/v1/payments/{payment}/cancel")
    assert (canceled.status_code, canceled.json()["status"]) == (200, "canceled")
    booked = shop.booked(payment)
    assert booked is not None
    assert sum(booked.held.values()) == 0


async def test_another_merchants_payment_does_not_exist(shops: dict[str, Shop]) -> None:
    payment = (await shops["acme"].pay()).json()["id"]
    assert (await shops["globex"].get(f"/v1/payments/{payment}")).status_code == 404
    refund = await shops["globex"].post(f"/v1/payments/{payment}/refunds")
    assert refund.status_code == 404
    assert shops["acme"].net(payment) == 4_200


async def test_a_decline_is_told_and_no_other_gateway_is_asked(shop: Shop) -> None:
    declined = await shop.pay(token="tok_insufficient_funds")
    assert declined.status_code == 402
    assert declined.json()["decline"]["code"] == "insufficient_funds"
    assert shop.charges(declined.json()["payment"]) == 1


async def test_a_definite_no_fails_over(shop: Shop) -> None:
    answer = await shop.pay(token="tok_not_processed@razorpay")
    assert answer.status_code == 201
    attempts = (await shop.get(f"/v1/payments/{answer.json()['id']}/attempts")).json()["data"]
    assert [one["status"] for one in attempts] == ["errored", "captured"]


@pytest.mark.parametrize(
    ("token", "end"),
    [
        ("tok_lost_charged", "succeeded"),
        ("tok_error_charged", "succeeded"),
        ("tok_unreadable", "succeeded"),
        ("tok_pending_captured", "succeeded"),
        ("tok_pending_declined", "failed"),
    ],
)
async def test_an_unknown_outcome_is_202_then_settled(shop: Shop, token: str, end: str) -> None:
    answer = await shop.pay(token=token)
    assert answer.status_code == 202
    view = await shop.settled(answer.json()["id"])
    assert view["status"] == end
    assert view["amount_captured"] == shop.net(view["id"])
    assert shop.charges(view["id"]) == 1


async def test_the_timeline_tells_everything(shop: Shop) -> None:
    payment = (await shop.pay()).json()["id"]
    told = (await shop.get(f"/v1/payments/{payment}/timeline")).json()["data"]
    types = [one["type"] for one in told]
    assert types == ["PaymentInitiated", "RouteDecided", "AttemptStarted", "AttemptSucceeded"]
    assert all(one["summary"] for one in told)
