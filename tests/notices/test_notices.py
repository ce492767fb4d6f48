"""Notices over HTTP: only the gateway's own, each kept once, none believed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import httpx
import pytest

from adapters.codec import notice_codec
from adapters.simulator.notices import secret_bytes, signed_headers
from domain.canonical import derived_id
from domain.chain import verify
from domain.log import RecordedEvent
from domain.notice.events import NoticeReceived
from tests.api.shop import NOTICE_SECRET, Shop, open_shop

PAYMENT: Final = UUID("0f3c1a3e-5c54-5a9c-8f0e-1d0f5d2a7c11")
KEY: Final = UUID("6b1f6a1e-3c54-5a9c-8f0e-1d0f5d2a7c11")
PATH: Final = "/v1/webhooks/stripe"
NOTICE: Final[dict[str, Any]] = {
    "id": "evt_1",
    "type": "charge.captured",
    "key": str(KEY),
    "payment_id": str(PAYMENT),
    "status": "captured",
    "amount": 1999,
}


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with open_shop(projecting=False) as opened:
        yield opened


def signed(
    body: bytes, notice_id: str = "evt_1", *, age_s: int = 0, secret: str = NOTICE_SECRET
) -> dict[str, str]:
    at_s = int(datetime.now(UTC).timestamp()) - age_s
    return signed_headers(secret_bytes(secret), notice_id, at_s, body)


async def tell(shop: Shop, body: bytes, headers: Any = None, path: str = PATH) -> httpx.Response:
    return await shop.client.post(path, content=body, headers=headers or signed(body))


async def notices(shop: Shop) -> list[RecordedEvent]:
    return [one for one in await shop.log() if one.stream.startswith("notice-")]


async def only_notice(shop: Shop) -> NoticeReceived:
    (stored,) = await notices(shop)
    return notice_codec().decode(stored.type, 1, stored.data)


async def test_a_notice_is_kept_and_hints_at_its_payment(shop: Shop) -> None:
    answer = await tell(shop, json.dumps(NOTICE).encode())
    await shop.app.state.api.drain()

    assert (answer.status_code, answer.json()) == (200, {"received": True})
    (stored,) = await notices(shop)
    assert stored.stream == f"notice-{derived_id('stripe', 'evt_1')}"
    assert verify([stored])
    notice = await only_notice(shop)
    assert (notice.gateway, notice.id, notice.type) == ("stripe", "evt_1", "charge.captured")
    assert (notice.key, notice.payment, notice.status) == (KEY, PAYMENT, "captured")
    assert shop.hinted == [PAYMENT]


async def test_a_repeat_is_answered_the_same_and_kept_once(shop: Shop) -> None:
    body = json.dumps(NOTICE).encode()
    answers = await asyncio.gather(*(tell(shop, body) for _ in range(5)))
    await shop.app.state.api.drain()

    assert {one.status_code for one in answers} == {200}
    assert len(await notices(shop)) == 1
    assert set(shop.hinted) == {PAYMENT}


async def test_a_notice_moves_nothing_by_itself(shop: Shop) -> None:
    shop.stage.is_silent = True
    payment = await shop.create("k1")
    uuid = UUID(payment["id"].removeprefix("pay_"))
    body = json.dumps({**NOTICE, "payment_id": str(uuid)}).encode()
    assert (await tell(shop, body)).status_code == 200

    now = (await shop.get(f"/v1/payments/{payment['id']}")).json()
    assert now == payment
    assert now["status"] == "pending_verification"


def other_header(name: str, value: str | None) -> Any:
    """The right headers but for one; None: without it."""
    body = json.dumps(NOTICE).encode()
    headers = {key: text for key, text in signed(body).items() if key != name}
    return headers if value is None else {**headers, name: value}


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize(
    "value", [None, "", "x", "0", "-1", "1e9", "9" * 400, "v1,", "v1,AAAA", "v1a,x", "evt 1"]
)
async def test_what_is_not_signed_is_refused(shop: Shop, name: str, value: str | None) -> None:
    facts = await shop.log()
    answer = await tell(shop, json.dumps(NOTICE).encode(), other_header(name, value))

    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")
    assert await shop.log() == facts
    assert shop.hinted == []


async def test_signatures_speak_of_these_bytes_now_and_with_our_secret(shop: Shop) -> None:
    body = json.dumps(NOTICE).encode()
    other_secret = "whsec_" + NOTICE_SECRET[6:].swapcase()
    answers = [
        await tell(shop, body + b" ", signed(body)),
        await tell(shop, body, signed(body, age_s=301)),
        await tell(shop, body, signed(body, age_s=-302)),
        await tell(shop, body, signed(body, secret=other_secret)),
        await tell(shop, body, [*signed(body).items(), ("webhook-id", "evt_1")]),
    ]

    assert {one.status_code for one in answers} == {401}
    assert await notices(shop) == []
    assert (await tell(shop, body, signed(body, age_s=290))).status_code == 200


async def test_one_of_several_signatures_is_enough(shop: Shop) -> None:
    body = json.dumps(NOTICE).encode()
    headers = signed(body)
    headers["webhook-signature"] = f"v1,AAAA v2,x {headers['webhook-signature']}"

    assert (await tell(shop, body, headers)).status_code == 200


@pytest.mark.parametrize("gateway", ["nobody", "razorpay", "%ff", "x" * 500])
async def test_gateways_without_a_secret_send_no_notices(shop: Shop, gateway: str) -> None:
    body = json.dumps(NOTICE).encode()
    answer = await tell(shop, body, path=f"/v1/webhooks/{gateway}")

    assert (answer.status_code, answer.json()["code"]) == (404, "gateway_not_found")
    assert await notices(shop) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"no JSON",
        b"[]",
        b"null",
        b"[" * 60_000,
        b'{"type":1,"key":[],"payment_id":{},"status":null}',
        b'{"type":"\\ud800","key":"\\u0000","payment_id":"x","status":"a b"}',
        b'{"type":"%s","payment_id":"pay_%s"}' % (b"x" * 101, b"A" * 32),
    ],
)
async def test_what_is_signed_is_kept_even_where_it_cannot_be_read(shop: Shop, body: bytes) -> None:
    answer = await tell(shop, body)

    assert answer.status_code == 200
    notice = await only_notice(shop)
    assert (notice.type, notice.key, notice.payment, notice.status) == (None, None, None, None)
    assert shop.hinted == []


async def test_card_numbers_are_masked_before_the_excerpt_is_cut(shop: Shop) -> None:
    card = "4111111111111111"
    padding = "x" * (2_000 - 22)
    body = json.dumps({"a": padding, "pan": card, "type": card}).encode()
    assert (await tell(shop, body, signed(body, card))).status_code == 200

    (stored,) = await notices(shop)
    assert b"41111" not in stored.data + stored.metadata
    notice = await only_notice(shop)
    assert (notice.type, notice.id, len(notice.excerpt)) == ("*" * 16, "*" * 16, 2_000)


async def test_a_notice_that_is_too_large_is_refused(shop: Shop) -> None:
    body = b" " * (64 * 1024 + 1)
    answer = await tell(shop, body)

    assert answer.status_code == 413
    assert await notices(shop) == []
