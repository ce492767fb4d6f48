"""A server that accepts and stops reading: silence in time, and nothing of ours stays behind."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

import pytest

from adapters.gateways import http as gateway_module
from adapters.gateways.http import HttpGateway
from application.ports.gateways import GatewaySilent
from domain.gateway.answers import Answer
from tests.gateways.building import PATIENCE_S, charge_request, never_late, timing
from tests.gateways.stub import Stub

# No request of ours is so large: it only has to be larger than what the kernels take in.
pytestmark = pytest.mark.filterwarnings("ignore:Sending a large body:ResourceWarning")

BUFFER_BYTES: Final = 4_096
SHORT_S: Final = 0.05
HUGE: Final = b"x" * (16 * 1024 * 1024)


@pytest.fixture
async def deaf() -> AsyncIterator[socket.socket]:
    """Listens; whether anybody accepts is the test's."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        server.setblocking(False)
        yield server


def gateway_at(server: socket.socket, **other: object) -> HttpGateway:
    stub = Stub()
    stub.url = f"http://127.0.0.1:{server.getsockname()[1]}"
    return HttpGateway(stub.settings(**other))


async def accepted(server: socket.socket) -> socket.socket:
    """A connection of which one byte was read, and no more."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(PATIENCE_S):
        connection, _ = await loop.sock_accept(server)
        connection.setblocking(False)
        await loop.sock_recv(connection, 1)
    return connection


@pytest.fixture
def given_up(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Whoever sends waits until this is set, and no longer."""
    event = asyncio.Event()

    async def until_then(exchange: asyncio.Task[Answer], within_s: float) -> bool:
        await event.wait()
        return exchange.done()

    monkeypatch.setattr(gateway_module, "_is_over", until_then)
    monkeypatch.setattr(gateway_module, "CLOSE_WAIT_S", SHORT_S)
    return event


async def until_closed(connection: socket.socket) -> int:
    """Reads on at last. How many bytes there were before the end."""
    loop, count = asyncio.get_running_loop(), 0
    async with asyncio.timeout(PATIENCE_S):
        try:
            while data := await loop.sock_recv(connection, 1024 * 1024):
                count += len(data)
        except ConnectionResetError:
            pass
    connection.close()
    return count


@pytest.mark.parametrize("body", [None, HUGE], ids=["all of it sent", "half of it sent"])
async def test_a_charge_to_a_server_that_does_not_read_is_silence_and_is_dropped(
    deaf: socket.socket, body: bytes | None, given_up: asyncio.Event
) -> None:
    gateway = gateway_at(deaf, connections_max=1)
    prepared = gateway.prepare(charge_request())
    prepared = prepared if body is None else replace(prepared, body=body)
    for _ in range(3):  # the one connection is free again each time
        given_up.clear()
        when = timing(late_answer_within_s=2 * SHORT_S)
        sending = asyncio.create_task(gateway.send(prepared, timing=when, late=never_late))
        connection = await accepted(deaf)
        given_up.set()
        with pytest.raises(GatewaySilent):
            await sending
        async with asyncio.timeout(PATIENCE_S):
            while len(gateway._late):  # noqa: ASYNC110 - whoever gives up tells nobody
                await asyncio.sleep(0.005)
        assert await until_closed(connection) < len(HUGE)
    await gateway.aclose()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert {one.get_name() for one in left} == set()


async def test_a_look_up_at_a_server_that_does_not_read_is_silence(deaf: socket.socket) -> None:
    gateway = gateway_at(deaf, connections_max=1)
    key = charge_request().key
    for _ in range(3):
        looking = asyncio.create_task(gateway.look_up(key, kind="charge", timeout_s=0.5))
        connection = await accepted(deaf)
        with pytest.raises(GatewaySilent):
            await looking
        await until_closed(connection)
    await gateway.aclose()


async def test_closing_does_not_wait_for_a_server_that_does_not_read(
    deaf: socket.socket, given_up: asyncio.Event
) -> None:
    gateway = gateway_at(deaf)
    prepared = replace(gateway.prepare(charge_request()), body=HUGE)
    sending = asyncio.create_task(gateway.send(prepared, timing=timing(), late=never_late))
    connection = await accepted(deaf)
    given_up.set()
    with pytest.raises(GatewaySilent):
        await sending
    async with asyncio.timeout(PATIENCE_S):
        await gateway.aclose()
    assert await until_closed(connection) < len(HUGE)
