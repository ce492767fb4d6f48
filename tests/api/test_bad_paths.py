"""Paths, methods and queries that lead nowhere: problem documents, and nothing kept."""

from __future__ import annotations

import pytest

from tests.api.shop import Shop
from tests.api.test_bad_input import UNKNOWN, authorized, refused

BAD_IDS = (
    "pay_",
    "pay_" + "0" * 31,
    "pay_" + "0" * 33,
    "pay_" + "A" * 32,
    "0" * 32,
    "re_" + "0" * 32,
    "00000000-0000-0000-0000-000000000000",
    "%00",
    "%ff%fe",
    "pay_%0a" + "0" * 31,
    "pay_" + "\u0660" * 32,
    "4111111111111111",
    "x" * 3_000,
)


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""),
        ("GET", "/attempts"),
        ("GET", "/decision"),
        ("GET", "/timeline"),
        ("GET", "/refunds"),
        ("POST", "/capture"),
        ("POST", "/cancel"),
        ("POST", "/refunds"),
    ],
)
async def test_a_payment_that_is_not_there(shop: Shop, method: str, rest: str) -> None:
    headers = authorized(shop, (b"idempotency-key", b"k1"))
    for payment in (*BAD_IDS, UNKNOWN):
        answer = await refused(shop, method, f"/v1/payments/{payment}{rest}", headers=headers)
        assert answer.status_code == 404, payment


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1"),
        ("GET", "/v1/payments/"),
        ("POST", "/v1/payments/"),
        ("GET", "/docs/"),
        ("GET", "/redoc"),
        ("GET", f"/v1/payments/{UNKNOWN}/nothing"),
        ("GET", "/v1//payments"),
        ("GET", "/%2e%2e/etc/passwd"),
        ("GET", "/\ufffd"),
    ],
)
async def test_an_unknown_path(shop: Shop, method: str, path: str) -> None:
    answer = await refused(shop, method, path, headers=authorized(shop))
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/v1/payments", "GET, HEAD, POST"),
        ("PUT", f"/v1/payments/{UNKNOWN}", "GET, HEAD"),
        ("PATCH", f"/v1/payments/{UNKNOWN}", "GET, HEAD"),
        ("GET", f"/v1/payments/{UNKNOWN}/capture", "POST"),
        ("DELETE", f"/v1/payments/{UNKNOWN}/refunds", "GET, HEAD, POST"),
        ("OPTIONS", "/v1/payments", "GET, HEAD, POST"),
        ("POST", "/healthz", "GET, HEAD"),
        ("BREW", "/v1/gateways", "GET, HEAD"),
    ],
)
async def test_a_wrong_method(shop: Shop, method: str, path: str, allowed: str) -> None:
    answer = await refused(shop, method, path, headers=authorized(shop))
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == allowed


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=101",
        "limit=-1",
        "limit=x",
        "limit=",
        "limit=1e1",
        "limit=%D9%A1",
        "limit=1&limit=1",
        "limit=" + "9" * 5_000,
        "cursor=",
        "cursor=x",
        "cursor=%00",
        "cursor=bnVsbA",
        "cursor=W10",
        "cursor=eyJhZnRlciI6MX0",
        "cursor=eyJhZnRlciI6IngifQ",
        "cursor=" + "A" * 600,
        "status=",
        "status=open",
        "status=SUCCEEDED",
        "created_after=yesterday",
        "created_after=2026-11-01",
        "created_after=2026-11-01T00:00:00",
        "created_after=2026-13-01T00:00:00Z",
        "created_after=0001-01-01T00:00:00%2B14:00",
        "created_before=9999-12-31T23:59:59-14:00",
        "created_before=%FF",
        "at_least=",
        "at_least=x",
        "at_least=e30",
        "at_least=eyJzIjoibWVtb3J5In0",
        "merchant=basil",
        "%FF=1",
        "\xff=1",
        "a;b",
        "&".join(f"p{one}=1" for one in range(50)),
    ],
)
async def test_a_bad_query(shop: Shop, query: str) -> None:
    answer = await refused(shop, "GET", f"/v1/payments?{query}", headers=authorized(shop))
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "as_of=now",
        "as_of=",
        "as_of_revision=-1",
        "as_of_revision=x",
        "as_of_revision=" + "9" * 30,
        "as_of=2026-11-01T00:00:00Z&as_of_revision=1",
        "as_of_revision=1&at_least=x",
        "expand=refunds",
    ],
)
async def test_a_bad_moment(shop: Shop, query: str) -> None:
    path = f"/v1/payments/{UNKNOWN}?{query}"
    answer = await refused(shop, "GET", path, headers=authorized(shop))
    assert answer.status_code == 400


@pytest.mark.parametrize("query", ["", "payment=", "payment=x"])
async def test_refunds_of_nobody(shop: Shop, query: str) -> None:
    answer = await refused(shop, "GET", f"/v1/refunds?{query}", headers=authorized(shop))
    assert answer.status_code in (400, 404)


@pytest.mark.parametrize("path", ["/v1/gateways", "/v1/projections"])
async def test_parameters_that_mean_nothing_are_refused(shop: Shop, path: str) -> None:
    answer = await refused(shop, "GET", f"{path}?all=1", headers=authorized(shop))
    assert answer.status_code == 400


async def test_a_command_takes_no_parameters(shop: Shop) -> None:
    headers = authorized(shop, (b"idempotency-key", b"k1"))
    answer = await refused(shop, "POST", "/v1/payments?dry_run=1", headers=headers)
    assert answer.status_code == 400
