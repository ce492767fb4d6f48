"""Where money moved, only the members that decide must be right: the rest is kept as far as it can
be, and what cannot be told is asked of a person, never of another gateway."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.gateways.http import HttpGateway
from domain.gateway.answers import (
    REFERENCE_CHARACTERS_MAX,
    Authorized,
    Captured,
    Declined,
    Done,
    Pending,
    Unclear,
)
from domain.money import Money
from tests.gateways.building import PATIENCE_S, ask, charge_request, operation_request
from tests.gateways.stub import Received, Stub, charge_answer, http, json_answer, raw_answer

DONE = {"charge_id": "ch_1", "type": "refund", "status": "succeeded"}
TAKEN = Captured("ch_1", Money(5_000, "INR"))


@pytest.mark.parametrize(
    "other",
    [
        {"code": 0},
        {"code": ["x"]},
        {"code": "x" * 1_000},
        {"network_code": "insufficient_funds_of_the_issuer"},
        {"network_code": 51},
        {"message": 17},
        {"message": {"text": "paid"}},
        {"currency": "inr"},
        {"amount": "5000"},
        {"amount": 5_000.0},
        {"type": "charge"},
        {"type": "card"},
        {"payment_id": None},
        {"livemode": True, "x": [1]},
    ],
)
@pytest.mark.parametrize("status", [200, 201, 202])
async def test_members_that_only_describe_do_not_hide_a_captured_charge(
    stub: Stub, stub_gateway: HttpGateway, other: dict[str, Any], status: int
) -> None:
    stub.handle = json_answer(lambda got: charge_answer(got.key) | other, status=status)
    request = charge_request()
    assert await ask(stub_gateway, request) == TAKEN
    assert await stub_gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S) == TAKEN
    assert await stub_gateway.cancel(request.key, timeout_s=PATIENCE_S) == TAKEN


@pytest.mark.parametrize("members", ['"message":"a","message":"b"', '"x":[{"a":1,"a":2}]'])
async def test_a_describing_member_that_comes_twice_does_not_hide_a_charge(
    stub: Stub, stub_gateway: HttpGateway, members: str
) -> None:
    request = charge_request()
    body = json.dumps(charge_answer(str(request.key)))[:-1] + f",{members}}}"
    stub.handle = raw_answer(http(200, body.encode()))
    assert await ask(stub_gateway, request) == TAKEN


async def test_an_answer_that_is_not_utf_8_or_begins_with_a_mark_does_not_hide_a_charge(
    stub: Stub, stub_gateway: HttpGateway
) -> None:
    request = charge_request()
    body = json.dumps(charge_answer(str(request.key), message="MARK")).encode()
    for wire in (body.replace(b"MARK", b"\xff"), b"\xef\xbb\xbf" + body):
        stub.handle = raw_answer(http(200, wire))
        assert await ask(stub_gateway, request) == TAKEN


async def test_an_amount_beyond_what_may_be_asked_for_is_what_was_taken(
    stub: Stub, stub_gateway: HttpGateway
) -> None:
    stub.handle = json_answer(lambda got: charge_answer(got.key, amount=10**20))
    assert await ask(stub_gateway, charge_request()) == Captured("ch_1", Money(10**20, "INR"))


@pytest.mark.parametrize(
    ("other", "what"),
    [
        ({"amount": None}, "amount_unreadable"),
        ({"amount": "50.00"}, "amount_unreadable"),
        ({"amount": 50.5}, "amount_unreadable"),
        ({"amount": -1}, "amount_unreadable"),
        ({"amount": True}, "amount_unreadable"),
        ({"amount": 10**30}, "amount_unreadable"),
        ({"amount": 1e30}, "amount_unreadable"),
        ({"amount": "9" * 31}, "amount_unreadable"),
        ({"currency": "XXQ"}, "amount_unreadable"),
        ({"currency": 356}, "amount_unreadable"),
        ({"currency": None}, "amount_unreadable"),
        ({"id": ""}, "reference_unreadable"),
        ({"id": None}, "reference_unreadable"),
        ({"id": "ch 1"}, "reference_unreadable"),
        ({"id": "x" * (REFERENCE_CHARACTERS_MAX + 1)}, "reference_unreadable"),
        ({"id": "4111 1111 1111 1111"}, "reference_unreadable"),
        ({"id": True}, "reference_unreadable"),
    ],
)
@pytest.mark.parametrize("status", ["captured", "authorized"])
async def test_a_charge_that_stands_for_nobody_knows_how_much_is_no_silence(
    stub: Stub, stub_gateway: HttpGateway, other: dict[str, Any], what: str, status: str
) -> None:
    stub.handle = json_answer(lambda got: charge_answer(got.key, status=status) | other)
    request = charge_request()
    found = await ask(stub_gateway, request)
    assert isinstance(found, Unclear)
    assert (found.what, found.held) == (what, status == "authorized")
    assert len(found.reference) <= REFERENCE_CHARACTERS_MAX
    assert "4111" not in found.reference
    assert await stub_gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S) == found
    assert await stub_gateway.cancel(request.key, timeout_s=PATIENCE_S) == found


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"code": 0, "currency": "inr", "amount": "5000"}, Done("ch_1", Money(5_000, "INR"))),
        ({"charge_id": None}, Done("ch_1", Money(5_000, "INR"))),
        ({"type": None}, Done("ch_1", Money(5_000, "INR"))),
        ({"amount": None}, Unclear(reference="ch_1", what="amount_unreadable")),
        ({"id": ""}, Unclear(reference="", what="reference_unreadable")),
        ({"status": "pending", "amount": None}, Pending("ch_1")),
    ],
)
async def test_the_same_of_operations(
    stub: Stub, stub_gateway: HttpGateway, other: dict[str, Any], expected: object
) -> None:
    stub.handle = json_answer(lambda got: charge_answer(got.key) | DONE | other)
    request = operation_request("refund", "ch_1", 5_000)
    assert await ask(stub_gateway, request) == expected
    assert await stub_gateway.look_up(request.key, kind="refund", timeout_s=PATIENCE_S) == expected


async def test_an_identifier_that_is_a_number_is_one(stub: Stub, stub_gateway: HttpGateway) -> None:
    stub.handle = json_answer(lambda got: charge_answer(got.key, id=17, status="authorized"))
    assert await ask(stub_gateway, charge_request()) == Authorized("17", Money(5_000, "INR"))


async def test_a_decline_keeps_what_describes_it(stub: Stub, stub_gateway: HttpGateway) -> None:
    other = {"status": "declined", "code": "do_not_honor", "network_code": 51, "amount": None}
    stub.handle = json_answer(lambda got: charge_answer(got.key) | other)
    declined = await ask(stub_gateway, charge_request())
    assert isinstance(declined, Declined)
    assert (declined.code, declined.network_code, declined.reference) == (
        "do_not_honor", "51", "ch_1",
    )  # fmt: skip
    stub.handle = json_answer(lambda got: charge_answer(got.key, status="declined", code=0))
    declined = await ask(stub_gateway, charge_request())
    assert isinstance(declined, Declined)
    assert declined.code == "generic_decline"


async def test_a_refusal_without_a_code_is_one(stub: Stub, stub_gateway: HttpGateway) -> None:
    def no(_: Received) -> dict[str, object]:
        return {"charged": False}

    stub.handle = json_answer(no, status=503)
    refused = await ask(stub_gateway, charge_request())
    assert (refused.code, refused.message) == ("refused", "")  # type: ignore[union-attr]
