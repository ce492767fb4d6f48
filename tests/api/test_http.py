"""What HTTP has beside bodies: HEAD, Location, ETag, encodings, forms of a time."""

from __future__ import annotations

import gzip
import re
from typing import Any

import httpx
import pytest

from api.http.routes import OPERATIONS
from tests.api.shop import CREATE, Shop

GETS = sorted({one.path for one in OPERATIONS if one.method == "GET"})
IGNORED = {"request-id", "date"}


async def seen(shop: Shop, answer: httpx.Response) -> None:
    """By the read models, what this answer tells of."""
    listed = await shop.get("/v1/payments", at_least=answer.headers["interlock-position"])
    assert listed.status_code == 200


async def paid(shop: Shop) -> dict[str, Any]:
    made = await shop.post("/v1/payments", CREATE, key="k1")
    await seen(shop, made)
    body: dict[str, Any] = made.json()
    return body


def headers_of(answer: httpx.Response) -> dict[str, str]:
    return {name: one for name, one in answer.headers.items() if name not in IGNORED}


@pytest.mark.parametrize("path", GETS)
async def test_a_head_is_the_get_without_its_body(shop: Shop, path: str) -> None:
    payment = (await paid(shop))["id"]
    refunded = await shop.post(f"/v1/payments/{payment}/refunds", {"amount": 1}, key="r")
    await seen(shop, refunded)
    here = path.replace("{payment}", payment).replace("{refund}", refunded.json()["id"])
    query = f"?payment={payment}" if path == "/v1/refunds" else ""
    got = await shop.client.get(f"{here}{query}", headers=shop.headers())
    head = await shop.client.head(f"{here}{query}", headers=shop.headers())

    assert (head.status_code, head.content) == (got.status_code, b"")
    assert headers_of(head).keys() == headers_of(got).keys()
    assert got.status_code == 200


async def test_the_location_of_a_refund_is_the_refund(shop: Shop) -> None:
    payment = (await paid(shop))["id"]
    made = await shop.post(f"/v1/payments/{payment}/refunds", {"amount": 500}, key="r1")
    assert made.headers["location"] == f"/v1/refunds/{made.json()['id']}"
    at = made.headers["interlock-position"]
    told = await shop.get(made.headers["location"], at_least=at)
    assert (told.status_code, told.json()) == (200, made.json())
    assert (await shop.get(made.headers["location"])).json() == made.json()


async def test_another_merchants_refund_does_not_exist(shop: Shop) -> None:
    payment = (await paid(shop))["id"]
    made = await shop.post(f"/v1/payments/{payment}/refunds", {"amount": 500}, key="r1")
    await seen(shop, made)
    for path in (made.headers["location"], "/v1/refunds/re_x", f"/v1/refunds/re_{'0' * 32}"):
        answer = await shop.client.get(path, headers=shop.headers(merchant="basil"))
        assert (answer.status_code, answer.json()["code"]) == (404, "refund_not_found")


async def test_a_payment_that_has_not_changed_is_not_sent_again(shop: Shop) -> None:
    payment = (await paid(shop))["id"]
    path = f"/v1/payments/{payment}"
    first = await shop.get(path)
    tag = first.headers["etag"]
    asked = shop.headers() | {"If-None-Match": f'"other", {tag}'}
    same = await shop.client.get(path, headers=asked)
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    await shop.post(f"{path}/refunds", {"amount": 1}, key="r1")
    changed = await shop.client.get(path, headers=asked)
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag
    older = await shop.client.get(path, headers=asked | {"Interlock-Version": "2026-11-01"})
    assert older.status_code == 200


async def test_lists_are_compressed_for_who_asks(shop: Shop) -> None:
    for number in range(4):
        made = await shop.post("/v1/payments", CREATE, key=f"k{number}")
    await seen(shop, made)
    async with shop.client.stream(
        "GET", "/v1/payments", headers=shop.headers() | {"Accept-Encoding": "gzip"}
    ) as answer:
        raw = b"".join([one async for one in answer.aiter_raw()])
    plain = await shop.client.get(
        "/v1/payments", headers=shop.headers() | {"Accept-Encoding": "identity"}
    )
    assert answer.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in answer.headers["vary"].lower()
    assert gzip.decompress(raw) == plain.content
    assert "content-encoding" not in plain.headers


@pytest.mark.parametrize("moment", ["2026-01-01t00:00:00z", "2026-01-01T00:00:00.5Z"])
async def test_a_time_in_every_form_of_the_rfc(shop: Shop, moment: str) -> None:
    await paid(shop)
    found = await shop.client.get(
        "/v1/payments", params={"created_after": moment}, headers=shop.headers()
    )
    assert (found.status_code, len(found.json()["data"])) == (200, 1)


async def test_the_document_says_nothing_of_null_where_a_member_is_absent(shop: Shop) -> None:
    document = (await shop.client.get("/openapi.json")).json()
    assert '"default": null' not in (await shop.client.get("/openapi.json")).text.replace(":", ": ")
    assert re.fullmatch(r"\d+(\.\d+)+", document["info"]["version"])
    tags = {one["name"] for one in document["tags"]}
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert {tag for one in operations for tag in one["tags"]} == tags
    assert all(one["description"] for one in operations)
