"""Whatever cannot be read as the answer to our own question is silence, never a yes or a no."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.gateways.http import HttpGateway
from adapters.gateways.transport import ANSWER_BYTES_MAX
from application.ports.gateways import GatewaySilent
from domain.gateway.answers import Absent, Captured, Declined, Done, Lapsed, NotProcessed
from tests.gateways.building import PATIENCE_S, ask, charge_request, operation_request
from tests.gateways.stub import (
    EndOfConnection,
    Received,
    Stub,
    charge_answer,
    http,
    json_answer,
    raw_answer,
)

PAGE = b"<html>503 Service Unavailable</html>"
HUGE = ANSWER_BYTES_MAX + 1


@pytest.mark.parametrize(
    "data",
    [
        b"not http at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5",
        b"",
        http(200, b""),
        http(200, b"{"),
        http(200, b"[]"),
        http(200, b"null"),
        http(200, b"\xff\xfe"),
        http(200, b"[" * 60_000),
        http(200, PAGE),
        http(204, b""),
        http(503, PAGE),
        http(500, b'{"code":"internal_error","message":"","charged":"unknown"}'),
        http(409, b'{"code":"in_progress","message":"","charged":"unknown"}'),
        http(503, b'{"code":"unavailable","message":"","charged":true}'),
        http(503, b'{"code":"unavailable","message":"","charged":0}'),
        http(503, b'{"code":"unavailable","message":""}'),
        http(200, b'{"code":"unavailable","message":"","charged":false}'),
        http(503, b'{"code":"unavailable","message":"","charged":true,"charged":false}'),
        http(503, b'{"code":"unavailable","charged":false,"more":[{"a":1,"\\u0061":2}]}'),
        http(503, b'{"code":"unavailable","charged":false,"status":"captured"}'),
        http(503, b'{"code":"unavailable","charged":false,"message":"\xff"}'),
        http(503, b'{"code":"unavailable","charged":false,"key":"another"}'),
        http(404, b'{"code":"not_found","charged":true}'),
        http(404, b'{"code":"not_found"}'),
        http(302, b'{"code":"unavailable","message":"","charged":false}'),
        http(200, b'{"id":"' + b"x" * HUGE + b'"}'),
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * HUGE,
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * HUGE + b"\r\n\r\n",
        http(200, b"\x1f\x8b\x08\x00", "Content-Encoding: gzip"),
    ],
)
async def test_what_is_no_answer_of_the_protocol_is_silence(
    stub: Stub, stub_gateway: HttpGateway, data: bytes
) -> None:
    stub.handle = raw_answer(data, then_close=True)
    with pytest.raises(GatewaySilent):
        await ask(stub_gateway, charge_request())
    with pytest.raises(GatewaySilent):
        await stub_gateway.look_up(charge_request().key, kind="charge", timeout_s=PATIENCE_S)
    with pytest.raises(GatewaySilent):
        await stub_gateway.cancel(charge_request().key, timeout_s=PATIENCE_S)
    assert len(stub.requests) == 3  # nothing was repeated


@pytest.mark.parametrize(
    "other",
    [
        {"key": "7d9a5a52-0f2f-4a5e-9d39-8b2f2c6a1f00"},
        {"key": None},
        {"key": 17},
        {"status": "settled"},
        {"status": "succeeded"},
        {"status": ["captured"]},
        {"status": None},
        {"type": "refund"},
        {"status": "declined", "captured": 5_000},
        {"status": "declined", "refunded": "1"},
        {"status": "declined", "type": "capture"},
    ],
)
async def test_a_charge_that_is_not_told_or_not_ours_is_silence(
    stub: Stub, stub_gateway: HttpGateway, other: dict[str, Any]
) -> None:
    stub.handle = json_answer(lambda received: charge_answer(received.key) | other)
    request = charge_request()
    with pytest.raises(GatewaySilent):
        await ask(stub_gateway, request)
    with pytest.raises(GatewaySilent):
        await stub_gateway.look_up(request.key, kind="charge", timeout_s=PATIENCE_S)
    with pytest.raises(GatewaySilent):
        await stub_gateway.cancel(request.key, timeout_s=PATIENCE_S)


@pytest.mark.parametrize(
    "other", [{"charge_id": "ch_2"}, {"type": "capture"}, {"status": "captured"}]
)
async def test_an_operation_that_is_not_the_one_asked_for_is_silence(
    stub: Stub, stub_gateway: HttpGateway, other: dict[str, Any]
) -> None:
    good = {"charge_id": "ch_1", "type": "refund", "status": "succeeded"}
    stub.handle = json_answer(lambda received: charge_answer(received.key) | good)
    assert isinstance(await ask(stub_gateway, operation_request("refund", "ch_1", 1)), Done)
    stub.handle = json_answer(lambda received: charge_answer(received.key) | good | other)
    with pytest.raises(GatewaySilent):
        await ask(stub_gateway, operation_request("refund", "ch_1", 1))


async def test_members_that_nobody_asked_for_do_no_harm(
    stub: Stub, stub_gateway: HttpGateway
) -> None:
    stub.handle = json_answer(lambda received: charge_answer(received.key, livemode=True, x=[1]))
    assert isinstance(await ask(stub_gateway, charge_request()), Captured)


async def test_only_the_protocols_own_404_means_absent(
    stub: Stub, stub_gateway: HttpGateway
) -> None:
    key = charge_request().key
    errors = {"not_found": Absent(), "no_such_path": None, "other": None}
    for code, expected in errors.items():
        error = {"code": code, "message": "", "charged": "unknown"}
        stub.handle = json_answer(lambda _, error=error: error, status=404)  # type: ignore[misc]
        if expected is not None:
            found = await stub_gateway.look_up(key, kind="charge", timeout_s=PATIENCE_S)
            assert found == expected
            continue
        with pytest.raises(GatewaySilent):
            await stub_gateway.look_up(key, kind="charge", timeout_s=PATIENCE_S)


@pytest.mark.parametrize("charged", [True, "unknown", None])
async def test_a_cancellation_counts_only_when_it_says_that_nothing_was_charged(
    stub: Stub, stub_gateway: HttpGateway, charged: object
) -> None:
    stub.handle = json_answer(
        lambda received: {"key": received.key, "status": "canceled", "charged": charged}
    )
    with pytest.raises(GatewaySilent):
        await stub_gateway.cancel(charge_request().key, timeout_s=PATIENCE_S)


async def test_card_numbers_and_control_characters_never_leave_the_adapter(
    stub: Stub, stub_gateway: HttpGateway
) -> None:
    said = "card 4111 1111 1111 1111 refused\x00\n" + "x" * 1_000
    error = {"code": "4111111111111111", "message": said, "charged": False}
    stub.handle = json_answer(lambda _: error, status=400)
    refused = await ask(stub_gateway, charge_request())
    assert isinstance(refused, NotProcessed)
    assert refused.message.startswith("****************: card **** **** **** **** refused x")
    assert len(refused.message) == 300
    assert (refused.code, refused.transient) == ("refused", False)
    stub.handle = json_answer(
        lambda received: charge_answer(
            received.key, status="declined", code="4111111111111111", message=said
        )
    )
    declined = await ask(stub_gateway, charge_request())
    assert isinstance(declined, Declined)
    assert (declined.code, declined.network_code) == ("generic_decline", None)
    assert "4111" not in repr(declined)
    stub.handle = json_answer(
        lambda received: charge_answer(received.key, status="4111111111111111")
    )
    with pytest.raises(GatewaySilent) as silence:
        await ask(stub_gateway, charge_request())
    assert "4111" not in str(silence.value)


@pytest.mark.parametrize(
    ("header", "date", "seconds"),
    [
        ("7", None, 7.0),
        ("999999", None, 3_600.0),
        ("-1", None, None),
        ("1.5", None, None),
        ("\u0661", None, None),
        ("soon", None, None),
        ("Wed, 21 Oct 2015", None, None),
        ("Mon, 02 Nov 2026 10:00:30 GMT", None, 30.0),
        ("Monday, 02-Nov-26 10:00:30 GMT", None, 30.0),
        ("Mon, 02 Nov 2026 12:00:30 +0200", None, 30.0),
        ("Mon, 02 Nov 2026 09:59:30 GMT", None, 0.0),
        ("Tue, 03 Nov 2026 10:00:30 GMT", None, 3_600.0),
        ("Mon, 02 Nov 2026 11:00:30 GMT", "Mon, 02 Nov 2026 11:00:10 GMT", 20.0),
        ("Mon, 02 Nov 2026 10:00:30 GMT", "half past nine", 30.0),
    ],
)
async def test_retry_after_is_read_as_seconds_or_as_a_date_of_the_gateways_clock_and_bounded(
    stub: Stub, header: str, date: str | None, seconds: float | None
) -> None:
    gateway = HttpGateway(stub.settings(), now=lambda: datetime(2026, 11, 2, 10, tzinfo=UTC))
    error = {"code": "new_code", "message": "wait", "charged": False}
    headers = [f"Retry-After: {header}", *([f"Date: {date}"] if date else [])]
    stub.handle = json_answer(lambda _: error, *headers, status=503)
    answer = await ask(gateway, charge_request())
    assert isinstance(answer, NotProcessed)
    assert (answer.code, answer.transient, answer.retry_after_s) == ("refused", True, seconds)
    await gateway.aclose()


async def test_a_decline_may_also_come_as_an_error(stub: Stub, stub_gateway: HttpGateway) -> None:
    error = {"code": "insufficient_funds", "message": "no", "charged": False}
    stub.handle = json_answer(lambda _: error, status=402)
    answer = await ask(stub_gateway, charge_request())
    assert isinstance(answer, Declined)
    assert (answer.code, answer.network_code) == ("insufficient_funds", "51")


async def test_a_reset_in_the_middle_of_an_answer_is_silence(
    stub: Stub, stub_gateway: HttpGateway
) -> None:
    async def reset(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{")
        await writer.drain()
        writer.transport.abort()
        raise EndOfConnection

    stub.handle = reset
    with pytest.raises(GatewaySilent):
        await ask(stub_gateway, charge_request())


@pytest.mark.parametrize(
    ("kind", "meaning"),
    [
        ("void", Lapsed()),
        ("capture", NotProcessed(code="authorization_expired", transient=False)),
        ("refund", NotProcessed(code="authorization_expired", transient=False)),
    ],
)
async def test_an_expired_hold_is_as_good_as_voided_and_no_more(
    stub: Stub, stub_gateway: HttpGateway, kind: str, meaning: object
) -> None:
    no = {"code": "authorization_expired", "message": "", "charged": False}
    stub.handle = json_answer(lambda _: no, status=422)
    assert await ask(stub_gateway, operation_request(kind, "ch_1", 5_000)) == meaning
