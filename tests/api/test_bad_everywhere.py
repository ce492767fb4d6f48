"""The tables of bad input over every operation of the document, and that the tables are whole."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from pydantic import BaseModel

from api.http.models import CreatePaymentBody, PaymentMethodBody
from api.http.routes import OPERATIONS
from tests.api import bad_bodies, bad_headers, bad_queries
from tests.api.bad_headers import KEY, TYPE
from tests.api.shop import Shop
from tests.api.test_bad_input import GOOD_BODY, authorized, refused

COMMANDS: Final = ("/v1/payments", *(f"/v1/payments/{{}}/{one}" for one in bad_bodies.CHANGES))
PARAMETERS: Final = [
    (one.path, parameter["name"])
    for one in OPERATIONS
    for parameter in one.docs.get("parameters", ())
    if parameter["in"] == "query"
]


async def place(shop: Shop, path: str) -> str:
    """The path of the operation for a payment that is there and takes all commands."""
    if "{" not in path:
        return path
    payment = await shop.create("there", capture_method="manual")
    return path.format(payment["id"], payment=payment["id"], refund=f"re_{'0' * 32}")


@pytest.mark.parametrize("path", COMMANDS)
async def test_no_command_takes_a_body_that_cannot_be_read(shop: Shop, path: str) -> None:
    path = await place(shop, path)
    for what, body, status, code, _ in (*bad_bodies.MALFORMED[1:], *bad_bodies.CARDS):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = authorized(shop, TYPE, KEY, path=path)
        answer = await refused(shop, "POST", path, content=content, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), what


@pytest.mark.parametrize("name", bad_bodies.CHANGES)
async def test_no_change_takes_a_field_that_is_wrong(shop: Shop, name: str) -> None:
    path = await place(shop, f"/v1/payments/{{payment}}/{name}")
    for body, pointer in bad_bodies.CHANGES[name]:
        headers = authorized(shop, TYPE, KEY, path=path)
        content = json.dumps(body).encode()
        answer = await refused(shop, "POST", path, content=content, headers=headers)
        pointers = [one["pointer"] for one in answer.json()["errors"]]
        assert (answer.status_code, pointer in pointers) == (422, True), body


@pytest.mark.parametrize("path", COMMANDS)
async def test_no_command_takes_bad_headers(shop: Shop, path: str) -> None:
    path = await place(shop, path)
    bad: list[tuple[Any, int]] = [
        ([*authorized(shop, TYPE, path=path), *((b"idempotency-key", one) for one in keys)], 400)
        for keys, _ in bad_headers.KEYS
    ]
    bad += [([*authorized(shop, KEY, path=path), *media], 415) for media in bad_headers.MEDIA]
    bad += [
        ([TYPE, KEY, *((b"authorization", one) for one in lines)], 401)
        for lines in bad_headers.AUTHORIZATIONS
    ]
    for headers, status in bad:
        answer = await refused(shop, "POST", path, content=GOOD_BODY, headers=headers)
        assert answer.status_code == status, headers


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
async def test_nothing_is_told_or_done_without_a_key(shop: Shop, operation: Any) -> None:
    if "security" in operation.docs:
        assert operation.docs["security"] == []
        return
    path = await place(shop, operation.path)
    for lines in bad_headers.AUTHORIZATIONS:
        headers = [TYPE, KEY, *((b"authorization", one) for one in lines)]
        answer = await refused(shop, operation.method, path, content=GOOD_BODY, headers=headers)
        assert answer.status_code == 401


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
async def test_nothing_is_told_or_done_in_an_unknown_version(shop: Shop, operation: Any) -> None:
    if "security" in operation.docs:
        return
    path = await place(shop, operation.path)
    for lines in bad_headers.VERSIONS:
        asked = [(b"interlock-version", one) for one in lines]
        headers = authorized(shop, TYPE, KEY, *asked, path=path)
        answer = await refused(shop, operation.method, path, content=GOOD_BODY, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_version"), lines


@pytest.mark.parametrize(("path", "name"), PARAMETERS)
async def test_no_parameter_takes_a_malformed_value(shop: Shop, path: str, name: str) -> None:
    path = await place(shop, path)
    for value in bad_queries.VALUES[name]:
        whose = "" if path != "/v1/refunds" or name == "payment" else f"payment=pay_{'0' * 32}&"
        answer = await refused(
            shop, "GET", f"{path}?{whose}{name}={value}", headers=authorized(shop, path=path)
        )
        expected = 404 if name == "payment" and value not in ("%FF",) else 400
        assert answer.status_code == expected, value
    twice = await refused(
        shop, "GET", f"{path}?{name}=1&{name}=1", headers=authorized(shop, path=path)
    )
    assert twice.status_code == 400


@pytest.mark.parametrize("length", ["-1", "+5", "x", "5 ", "\u0665", "1e3", "", "9" * 400])
async def test_whatever_the_declared_length_says_the_bound_holds(shop: Shop, length: str) -> None:
    headers = [*authorized(shop, TYPE, KEY), (b"content-length", length.encode())]
    body = b" " * (64 * 1024 + 1)
    answer = await refused(shop, "POST", "/v1/payments", content=body, headers=headers)
    assert answer.status_code == 413


def test_the_tables_leave_no_field_and_no_parameter_out() -> None:
    pointers = {case[4] for case in bad_bodies.ALL if case[3] == "validation_failed"}

    assert pointers_of(CreatePaymentBody, "") | pointers_of(
        PaymentMethodBody, "/payment_method"
    ) <= {one or "" for one in pointers}
    assert {name for _, name in PARAMETERS} == set(bad_queries.VALUES)
    assert {one.path.rsplit("/")[-1] for one in OPERATIONS if "{payment}" in one.path and
            one.method == "POST"} == set(bad_bodies.CHANGES)  # fmt: skip


def pointers_of(model: type[BaseModel], where: str) -> set[str]:
    return {f"{where}/{name}" for name in model.model_fields}
