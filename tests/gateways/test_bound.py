"""Nothing proves "not charged" unless it is bound to its question; what comes unasked closes the
connection and is an alarm."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from aiohttp import ClientResponse
from aiohttp.connector import Connection

from adapters.gateways import gate
from adapters.gateways.gate import GatedRequest
from adapters.gateways.http import HttpGateway
from application.ports.gateways import (
    ChargeRequest,
    GatewaySilent,
    GatewayUnreachable,
    OperationRequest,
)
from domain.gateway.answers import Absent, Captured, Declined, Lapsed, NotProcessed
from tests.gateways.building import PATIENCE_S, ask, charge_request, operation_request
from tests.gateways.stub import Received, Stub, charge_answer, http, json_answer

NO = {"code": "unavailable", "message": "", "charged": False}
EXPIRED = {"code": "authorization_expired", "message": "", "charged": False}
DECLINED = {"code": "do_not_honor", "message": "", "charged": False}
ABSENT = {"code": "not_found", "message": "", "charged": "unknown"}
OTHER = str(UUID(int=7))
ROUNDS_MAX = 10_000


@pytest.fixture
async def by_connection(stub: Stub) -> AsyncIterator[HttpGateway]:
    gateway = HttpGateway(stub.settings())
    yield gateway
    await gateway.aclose()


@pytest.fixture
async def by_header(stub: Stub) -> AsyncIterator[HttpGateway]:
    gateway = HttpGateway(stub.settings(bound_by="header", echo_header="X-Request-Key"))
    yield gateway
    await gateway.aclose()


@pytest.fixture
async def by_body(stub: Stub) -> AsyncIterator[HttpGateway]:
    gateway = HttpGateway(stub.settings(bound_by="body"))
    yield gateway
    await gateway.aclose()


async def until(true: Callable[[], bool]) -> None:
    for _ in range(ROUNDS_MAX):
        if true():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never was")


async def answers_of(gateway: HttpGateway) -> list[object]:
    """To one request of each kind, and to a look-up; None for silence."""
    asked: list[ChargeRequest | OperationRequest] = [charge_request()]
    asked += [operation_request(one, "ch_1", 1) for one in OPERATIONS]
    said: list[object] = []
    for request in asked:
        try:
            said.append(await ask(gateway, request))
        except GatewaySilent:
            said.append(None)
    try:
        said.append(await gateway.look_up(charge_request().key, kind="charge", timeout_s=1))
    except GatewaySilent:
        said.append(None)
    return said


OPERATIONS = ("capture", "void", "refund")


async def test_where_the_connection_binds_each_carries_one_question(
    stub: Stub, by_connection: HttpGateway
) -> None:
    stub.handle = json_answer(lambda _: NO, status=503)
    said = await answers_of(by_connection)
    assert [type(one) for one in said] == [NotProcessed] * 4 + [type(None)]
    assert (len(stub.requests), stub.connections) == (5, 5)
    assert {one.headers["connection"] for one in stub.requests} == {"close"}


@pytest.mark.parametrize(
    ("error", "status", "meanings"),
    [
        (NO, 503, [NotProcessed] * 4),
        (DECLINED, 402, [Declined] * 4),
        (EXPIRED, 422, [NotProcessed, NotProcessed, Lapsed, NotProcessed]),
    ],
)
async def test_on_a_connection_that_is_used_again_only_a_named_key_binds(
    stub: Stub, by_body: HttpGateway, error: dict[str, Any], status: int, meanings: list[type]
) -> None:
    stub.handle = json_answer(lambda _: error, status=status)
    assert await answers_of(by_body) == [None] * 5
    stub.handle = json_answer(lambda _: error | {"key": OTHER}, status=status)
    assert await answers_of(by_body) == [None] * 5
    stub.handle = json_answer(lambda got: error | {"key": got.key}, status=status)
    assert [type(one) for one in await answers_of(by_body)][:4] == meanings
    assert stub.connections == 1


async def test_an_echoed_header_binds(stub: Stub, by_header: HttpGateway) -> None:
    async def echoes(received: Received, writer: asyncio.StreamWriter) -> None:
        look_up = received.method == "GET"
        body = json.dumps(ABSENT if look_up else NO).encode()
        header = f'X-Request-Key: "{received.key}"'
        writer.write(http(404 if look_up else 503, body, header))

    stub.handle = echoes
    said = await answers_of(by_header)
    assert [type(one) for one in said] == [NotProcessed] * 4 + [Absent]
    assert stub.connections == 1


@pytest.mark.parametrize(
    "headers",
    [(), (f"X-Request-Key: {OTHER}",), ("X-Request-Key: {key}", f"X-Request-Key: {OTHER}")],
)
async def test_a_header_that_is_missing_or_of_another_request_binds_nothing(
    stub: Stub, by_header: HttpGateway, headers: tuple[str, ...]
) -> None:
    async def echoes(received: Received, writer: asyncio.StreamWriter) -> None:
        body = json.dumps(ABSENT if received.method == "GET" else NO).encode()
        told = [one.format(key=received.key) for one in headers]
        writer.write(http(404 if received.method == "GET" else 503, body, *told))

    stub.handle = echoes
    assert await answers_of(by_header) == [None] * 5


async def test_absence_is_bound_too(stub: Stub, by_body: HttpGateway) -> None:
    key = charge_request().key
    stub.handle = json_answer(lambda _: ABSENT, status=404)
    with pytest.raises(GatewaySilent):
        await by_body.look_up(key, kind="charge", timeout_s=PATIENCE_S)
    stub.handle = json_answer(lambda got: ABSENT | {"key": got.key}, status=404)
    assert await by_body.look_up(key, kind="charge", timeout_s=PATIENCE_S) == Absent()


@pytest.mark.parametrize("first", ["the refusal", "the charge"])
async def test_of_two_answers_to_one_question_no_refusal_is_believed(
    stub: Stub, by_connection: HttpGateway, caplog: pytest.LogCaptureFixture, first: str
) -> None:
    async def twice(received: Received, writer: asyncio.StreamWriter) -> None:
        good = http(200, json.dumps(charge_answer(received.key)).encode())
        no = http(503, json.dumps(NO).encode())
        writer.write(no + good if first == "the refusal" else good + no)

    stub.handle = twice
    with caplog.at_level(logging.CRITICAL):
        if first == "the refusal":
            with pytest.raises(GatewaySilent, match="binds"):
                await ask(by_connection, charge_request())
        else:
            assert isinstance(await ask(by_connection, charge_request()), Captured)
    assert "nobody asked for" in caplog.text


async def test_a_proxy_that_gives_the_last_refusal_again_proves_nothing(
    stub: Stub, by_body: HttpGateway, by_connection: HttpGateway
) -> None:
    """The instance that was found: charged, and the answer is the refusal of the one before."""
    refused: list[bytes] = []

    async def proxy(received: Received, writer: asyncio.StreamWriter) -> None:
        if not refused:
            refused.append(http(503, json.dumps(NO | {"key": received.key}).encode()))
        writer.write(refused[0])

    stub.handle = proxy
    assert isinstance(await ask(by_body, charge_request()), NotProcessed)
    for gateway in (by_body, by_connection):
        with pytest.raises(GatewaySilent, match="another key"):
            await ask(gateway, charge_request())


async def test_bytes_on_an_idle_connection_close_it_at_once_and_are_an_alarm(
    stub: Stub, by_body: HttpGateway, caplog: pytest.LogCaptureFixture
) -> None:
    writers: list[asyncio.StreamWriter] = []

    async def remembers(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(http(200, json.dumps(charge_answer(received.key)).encode()))
        writers.append(writer)

    stub.handle = remembers
    assert isinstance(await ask(by_body, charge_request()), Captured)
    with caplog.at_level(logging.CRITICAL):
        writers[0].write(http(503, json.dumps(NO).encode()))
        await asyncio.wait_for(stub.ended.wait(), PATIENCE_S)
    assert "ALARM: stub sent bytes that nobody asked for" in caplog.text
    assert isinstance(await ask(by_body, charge_request()), Captured)
    assert stub.connections == 2


async def test_who_talks_before_he_is_asked_is_never_asked(
    stub: Stub,
    by_connection: HttpGateway,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    send = GatedRequest.send

    async def when_it_has_talked(self: GatedRequest, conn: Connection) -> ClientResponse:
        await until(lambda: conn.protocol is None or not conn.protocol.is_connected())
        return await send(self, conn)

    monkeypatch.setattr(GatedRequest, "send", when_it_has_talked)
    stub.greeting = http(503, json.dumps(NO).encode())
    with caplog.at_level(logging.CRITICAL):
        with pytest.raises(GatewayUnreachable):
            await ask(by_connection, charge_request())
        with pytest.raises(GatewayUnreachable):
            await by_connection.look_up(charge_request().key, kind="charge", timeout_s=PATIENCE_S)
    assert stub.bytes_received == 0
    assert "nobody asked for" in caplog.text


@pytest.mark.parametrize("what", ["a refusal", "the end"])
async def test_what_waits_in_the_kernel_when_the_request_is_written_closes_the_connection(
    stub: Stub,
    by_body: HttpGateway,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    """The loop has not read it yet: only a look at the socket itself can tell."""
    sockets: list[socket.socket] = []

    async def remembers(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(http(200, json.dumps(charge_answer(received.key)).encode()))
        sockets.append(socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())))

    why_dead = gate._why_dead

    def after_it_said_more(conn: Connection) -> object:
        if sockets and len(stub.requests) == 1:
            with sockets.pop() as server:
                if what == "the end":
                    server.shutdown(socket.SHUT_RDWR)
                else:
                    server.send(http(503, json.dumps(NO).encode()))
        return why_dead(conn)

    stub.handle = remembers
    assert isinstance(await ask(by_body, charge_request()), Captured)
    monkeypatch.setattr(gate, "_why_dead", after_it_said_more)
    with caplog.at_level(logging.CRITICAL):
        assert isinstance(await ask(by_body, charge_request()), Captured)
    assert stub.connections == 2
    assert ("nobody asked for" in caplog.text) == (what == "a refusal")
    for one in sockets:
        one.close()
