"""What bugs planted by hand showed to be tested by nothing (tests/mutation/by_hand)."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
from contextlib import suppress
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.abc import AbstractStreamWriter
from aiohttp.connector import Connection

from adapters.clocks import utc_now
from adapters.gateways import connection as connection_module
from adapters.gateways.gate import GatedRequest
from adapters.gateways.http import HttpGateway
from adapters.gateways.late import LateAnswers
from application.ports.gateways import GatewaySilent, GatewayUnreachable, Timing
from domain.gateway.answers import Answer, Captured, Declined
from domain.money import Money
from tests.gateways.building import PATIENCE_S, ask, charge_request, operation_request
from tests.gateways.jumping import jump
from tests.gateways.stub import (
    Received,
    Stub,
    charge_answer,
    held_answer,
    http,
    json_answer,
    raw_answer,
)
from tests.gateways.test_http_late import Later, until_logged

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the connection ends without a goodbye
CHUNK = b"x" * 65_536
CHUNKS_MAX = 2_000
TAKEN = Captured("ch_1", Money(5_000, "INR"))


async def test_a_look_up_whose_connection_is_reset_is_not_asked_again(stub: Stub) -> None:
    gateway = HttpGateway(stub.settings(bound_by="body"))

    async def resets(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        writer.transport.abort()

    await ask(gateway, charge_request())  # libraries repeat on connections that are used again
    stub.handle = resets
    with pytest.raises(GatewaySilent):
        await gateway.look_up(uuid4(), kind="charge", timeout_s=PATIENCE_S)
    assert len(stub.requests) == 2
    await gateway.aclose()


@pytest.mark.parametrize("hint", [b"100 Continue", b"102 Processing", b"103 Early Hints"])
async def test_a_hint_before_the_answer_is_no_answer(
    stub: Stub, caplog: pytest.LogCaptureFixture, hint: bytes
) -> None:
    gateway = HttpGateway(stub.settings(bound_by="body"))

    async def hints(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 " + hint + b"\r\n\r\n")
        await writer.drain()
        writer.write(http(200, json.dumps(charge_answer(received.key)).encode()))

    stub.handle = hints
    with caplog.at_level(logging.CRITICAL):
        assert await ask(gateway, charge_request()) == TAKEN
        assert await ask(gateway, charge_request()) == TAKEN
    assert "nobody asked for" not in caplog.text
    assert stub.connections == 1
    await gateway.aclose()


@pytest.mark.parametrize(
    ("type_", "is_declined"), [(None, True), ("refund", True), ("dispute", False), ("", False)]
)
async def test_only_the_decline_of_what_was_asked_for_ends_it(
    stub: Stub, stub_gateway: HttpGateway, type_: str | None, is_declined: bool
) -> None:
    more: dict[str, Any] = {"charge_id": "ch_1", "status": "declined", "type": type_}
    stub.handle = json_answer(lambda got: charge_answer(got.key) | more)
    if is_declined:
        said = await ask(stub_gateway, operation_request("refund", "ch_1", 1))
        assert isinstance(said, Declined)
        return
    with pytest.raises(GatewaySilent):
        await ask(stub_gateway, operation_request("refund", "ch_1", 1))


async def test_an_answer_without_end_is_not_read_to_its_end(
    stub: Stub, stub_gateway: HttpGateway
) -> None:
    written = 0

    async def for_ever(received: Received, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (CHUNKS_MAX * len(CHUNK)))
        for _ in range(CHUNKS_MAX):
            writer.write(CHUNK)
            await writer.drain()
            written += 1

    stub.handle = for_ever
    with pytest.raises(GatewaySilent, match="more than"):
        await ask(stub_gateway, charge_request())
    await asyncio.wait_for(stub.ended.wait(), PATIENCE_S)
    assert written < CHUNKS_MAX


async def test_what_comes_between_the_connection_and_the_question_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, stub: Stub
) -> None:
    """In the one loop round after the look at the connection, before the first byte is written."""
    early, write = asyncio.Event(), GatedRequest.write_bytes
    received = b""

    async def talks_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        await early.wait()
        with suppress(ConnectionError):
            writer.write(http(503, b'{"code":"unavailable","message":"","charged":false}'))
            received += await reader.read()
        writer.close()

    async def when_it_has_talked(
        self: GatedRequest,
        writer: AbstractStreamWriter,
        conn: Connection,
        content_length: int | None = None,
    ) -> None:
        early.set()
        while conn.protocol is not None and conn.protocol.is_connected():  # noqa: ASYNC110
            await asyncio.sleep(0)
        await write(self, writer, conn, content_length)

    monkeypatch.setattr(GatedRequest, "write_bytes", when_it_has_talked)
    server = await asyncio.start_server(talks_first, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    gateway = HttpGateway(stub.settings(base_url=f"http://{host}:{port}"))
    with pytest.raises(GatewayUnreachable):
        await ask(gateway, charge_request())
    assert received == b""
    await gateway.aclose()
    server.close()


async def test_a_late_answer_is_waited_for_from_the_send_on(
    stub: Stub, caplog: pytest.LogCaptureFixture
) -> None:
    """Others take the try over when that time is up, and not later."""
    loop, later = asyncio.get_running_loop(), Later()
    gateway = HttpGateway(stub.settings(), monotonic=loop.time)
    release = asyncio.Event()
    stub.handle = held_answer(release, stub.handle)
    when = Timing(
        send_before=loop.time() + PATIENCE_S,
        not_after=utc_now() + timedelta(seconds=PATIENCE_S),
        answer_within_s=PATIENCE_S,
        late_answer_within_s=2 * PATIENCE_S,
    )
    asking = asyncio.create_task(ask(gateway, charge_request(), when=when, late=later))
    await stub.arrived.wait()
    jump(PATIENCE_S)
    with pytest.raises(GatewaySilent):
        await asking
    caplog.set_level(logging.INFO, logger="adapters.gateways")
    jump(PATIENCE_S)
    await until_logged(caplog, "no late answer for key")
    release.set()
    await gateway.aclose()
    assert later.answers.empty()


async def test_an_answer_that_is_being_handed_over_is_not_the_one_given_up() -> None:
    late, taken, hold = LateAnswers("stub", readers_max=2), asyncio.Event(), asyncio.Event()

    async def slowly(_: Answer) -> None:
        taken.set()
        await hold.wait()

    def waits() -> asyncio.Task[Answer]:
        async def answer() -> Answer:
            await hold.wait()
            return TAKEN

        return asyncio.create_task(answer())

    async def at_once() -> Answer:
        return TAKEN

    late.follow(asyncio.create_task(at_once()), key=uuid4(), left_s=PATIENCE_S, late=slowly)
    await taken.wait()
    waiting, newest = waits(), waits()
    late.follow(waiting, key=uuid4(), left_s=PATIENCE_S, late=slowly)
    late.follow(newest, key=uuid4(), left_s=PATIENCE_S, late=slowly)
    await asyncio.wait({waiting})
    assert waiting.cancelled()
    hold.set()
    await late.aclose(within_s=PATIENCE_S)
    assert await newest == TAKEN


async def test_a_look_up_brings_the_key_that_is_to_be_echoed(stub: Stub) -> None:
    gateway = HttpGateway(stub.settings(bound_by="header", echo_header="X-Request-Key"))
    key = uuid4()
    stub.handle = json_answer(lambda _: charge_answer(str(key)))
    assert await gateway.look_up(key, kind="charge", timeout_s=PATIENCE_S) == TAKEN
    assert stub.requests[0].headers["idempotency-key"] == str(key)
    await gateway.aclose()


@pytest.mark.parametrize("other", ["body", "header"])
async def test_where_body_and_header_name_two_keys_neither_is_believed(
    stub: Stub, other: str
) -> None:
    gateway = HttpGateway(stub.settings(bound_by="header", echo_header="X-Request-Key"))

    async def names_two(received: Received, writer: asyncio.StreamWriter) -> None:
        body, header = (uuid4(), received.key) if other == "body" else (received.key, uuid4())
        told = {"code": "unavailable", "message": "", "charged": False, "key": str(body)}
        writer.write(http(503, json.dumps(told).encode(), f"X-Request-Key: {header}"))

    stub.handle = names_two
    with pytest.raises(GatewaySilent, match="another key"):
        await ask(gateway, charge_request())
    await gateway.aclose()


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
async def test_a_refusal_with_what_is_no_json_proves_nothing(
    stub: Stub, stub_gateway: HttpGateway, number: str
) -> None:
    body = f'{{"code":"unavailable","message":"","charged":false,"x":{number}}}'
    stub.handle = raw_answer(http(503, body.encode()))
    with pytest.raises(GatewaySilent):
        await ask(stub_gateway, charge_request())


class Sealed(asyncio.Transport):
    """A TLS connection over this socket."""

    def __init__(self, over: socket.socket) -> None:
        super().__init__({"sslcontext": object(), "socket": over})
        self.aborted = False

    def abort(self) -> None:
        self.aborted = True

    def close(self) -> None:
        self.aborted = True

    def get_write_buffer_size(self) -> int:
        return 0


async def test_a_sealed_connection_that_holds_bytes_is_silent_before_its_first_question_only() -> (
    None
):
    """Tickets come when they like; after an answer, what waits there would be the next one."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        connection = connection_module.Connection(asyncio.get_running_loop(), "stub")
        connection.connection_made(Sealed(ours))
        theirs.send(b"a ticket")
        assert connection.is_silent()
        connection.ask()
        assert not connection.is_silent()


async def test_a_connection_is_alone_with_its_first_question_only() -> None:
    connection = connection_module.Connection(asyncio.get_running_loop(), "stub")
    alone = [connection.is_alone]
    for _ in range(3):
        connection.ask()
        alone.append(connection.is_alone)
    assert alone == [False, True, False, False]
