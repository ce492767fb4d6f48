"""The API behind the real server: bytes that no client library would send."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import uvicorn

from tests.api.shop import Shop

pytestmark = pytest.mark.slow

TARGETS = (
    b"/v1/payments/%ff%fe",
    b"/v1/payments/%",
    b"/v1/payments/%zz",
    b"/v1/payments/pay_%00",
    b"/v1/payments?limit=%ff",
    b"/v1/payments?limit=\xff",
    b"/v1/pay\xffments",
    b"/v1/payments?" + b"a" * 5_000,
    b"*",
    b"//",
)
HEADERS = (
    b"X: \xff\xfe",
    b"Bad Header: x",
    b": x",
    b"Content-Length: -1",
    b"Content-Length: x",
    b"Content-Length: 5\r\nTransfer-Encoding: chunked",
    b"Content-Type: \x00",
    b"Idempotency-Key: \xff",
    b"Request-Id: \xff",
    b"Authorization: Bearer \xff",
    b"Cookie: " + b"a" * 70_000,
)


@dataclass(frozen=True, slots=True)
class Served:
    port: int

    async def status_of(self, request: bytes) -> int:
        """The status that these bytes are answered with."""
        async with asyncio.timeout(10):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(request)
            first = await reader.readline()
            writer.close()
            await writer.wait_closed()
        return int(first.split(b" ")[1])


class TellingServer(uvicorn.Server):
    """Says when it has started, or will never start."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.settled.set()


@pytest.fixture
async def served(shop: Shop) -> AsyncIterator[Served]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = TellingServer(uvicorn.Config(shop.app, log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    async with asyncio.timeout(10):
        await server.settled.wait()
    assert server.started
    yield Served(listening.getsockname()[1])
    server.should_exit = True
    await serving
    listening.close()


async def test_no_bytes_are_answered_with_a_5xx_or_leave_anything(
    shop: Shop, served: Served
) -> None:
    facts = await shop.log()
    key = f"Authorization: Bearer {shop.tokens['alma']}\r\n".encode()
    rest = b"Host: x\r\n" + key + b"Connection: close\r\n"
    odd = {
        method + b" " + target: method + b" " + target + b" HTTP/1.1\r\n" + rest + b"\r\n"
        for target in TARGETS
        for method in (b"GET", b"POST")
    }
    odd |= {
        header: b"POST /v1/payments HTTP/1.1\r\n" + rest + header + b"\r\n\r\n"
        for header in HEADERS
    }
    statuses = {name: await served.status_of(request) for name, request in odd.items()}

    assert {name: status for name, status in statuses.items() if not 400 <= status < 500} == {}
    assert await shop.log() == facts
    assert await served.status_of(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n") == 200
