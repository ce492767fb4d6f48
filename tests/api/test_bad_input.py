"""Whatever comes in: a problem document below 500, nothing asked of a gateway, nothing kept."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from api.http.schemas import Problem
from tests.api import bad_bodies, bad_headers
from tests.api.bad_bodies import CARD, Case
from tests.api.bad_headers import KEY, TYPE, Headers
from tests.api.shop import CREATE, Shop

GOOD_BODY = json.dumps(CREATE).encode()
UNKNOWN = "pay_" + "0" * 32


async def refused(shop: Shop, method: str, path: str, **sent: Any) -> httpx.Response:
    """Sends it, and checks what holds for every refusal."""
    before, asked = await shop.log(), len(shop.stage.sent)
    answer = await shop.client.request(method, path, **sent)

    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = Problem.model_validate(answer.json())
    assert problem.status == answer.status_code
    assert problem.request_id == answer.headers["request-id"]
    assert problem.type == f"/docs/problems/{problem.code}"
    assert CARD not in answer.text
    assert "4111111111111111" not in answer.text
    assert await shop.log() == before
    assert len(shop.stage.sent) == asked
    return answer


def authorized(shop: Shop, *more: tuple[bytes, bytes], path: str = "") -> Headers:
    """With the key of somebody who may send what this path takes."""
    token = shop.tokens["anna" if path.endswith("/resolve") else "alma"]
    return [(b"authorization", f"Bearer {token}".encode()), *more]


async def test_bad_bodies(shop: Shop) -> None:
    wrong = [case[0] for case in bad_bodies.ALL if not await _is_refused_as_told(shop, case)]
    assert wrong == []


async def _is_refused_as_told(shop: Shop, case: Case) -> bool:
    _, body, status, code, pointer = case
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = authorized(shop, TYPE, KEY)
    answer = await refused(shop, "POST", "/v1/payments", content=content, headers=headers)
    said = answer.json()
    pointers = [one["pointer"] for one in said.get("errors", ())]
    is_pointed = pointer is None or pointer in pointers
    return (answer.status_code, said["code"]) == (status, code) and is_pointed


def test_the_table_says_each_thing_once() -> None:
    cases: tuple[Case, ...] = bad_bodies.ALL
    assert len({case[0] for case in cases}) == len(cases)


@pytest.mark.parametrize(("keys", "code"), bad_headers.KEYS)
async def test_a_bad_key(shop: Shop, keys: list[bytes], code: str) -> None:
    headers = authorized(shop, TYPE, *((b"idempotency-key", key) for key in keys))
    answer = await refused(shop, "POST", "/v1/payments", content=GOOD_BODY, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("headers", bad_headers.MEDIA)
async def test_a_bad_media_type(shop: Shop, headers: Headers) -> None:
    sent = authorized(shop, KEY, *headers)
    answer = await refused(shop, "POST", "/v1/payments", content=GOOD_BODY, headers=sent)
    assert answer.status_code == 415


@pytest.mark.parametrize("media_type", [b"Application/JSON", b'application/json; charset="UTF-8"'])
async def test_a_good_media_type(shop: Shop, media_type: bytes) -> None:
    headers = authorized(shop, KEY, (b"content-type", media_type))
    answer = await shop.client.post("/v1/payments", content=GOOD_BODY, headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize("values", bad_headers.AUTHORIZATIONS)
async def test_a_bad_authorization(shop: Shop, values: list[bytes]) -> None:
    headers = [TYPE, KEY, *((b"authorization", value) for value in values)]
    for method, path in (("POST", "/v1/payments"), ("GET", "/v1/payments")):
        answer = await refused(shop, method, path, content=GOOD_BODY, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_two_authorizations_are_none(shop: Shop) -> None:
    headers = authorized(shop, *authorized(shop), TYPE, KEY)
    answer = await refused(shop, "POST", "/v1/payments", content=GOOD_BODY, headers=headers)
    assert answer.status_code == 401


async def test_a_body_that_is_too_large(shop: Shop) -> None:
    headers = authorized(shop, TYPE, KEY)
    body = b" " * (64 * 1024 + 1)
    told = await refused(shop, "POST", "/v1/payments", content=body, headers=headers)
    lied = await refused(
        shop, "POST", "/v1/payments", content=b"{}",
        headers=[*headers, (b"content-length", b"9" * 400)],
    )  # fmt: skip

    async def chunks() -> Any:
        for _ in range(65):
            yield b" " * 1024

    streamed = await refused(shop, "POST", "/v1/payments", content=chunks(), headers=headers)
    assert [told.status_code, lied.status_code, streamed.status_code] == [413, 413, 413]
