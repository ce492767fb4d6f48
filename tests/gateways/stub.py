"""A server of raw bytes that plays a gateway gone wrong, and remembers every byte it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from adapters.gateways.configuration import GatewaySettings
from tests.support.offers import DECLARED


@dataclass(frozen=True, slots=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def key(self) -> str:
        """Our key, wherever the request has it."""
        return self.headers.get("idempotency-key") or self.path.partition("key=")[2]


Handler = Callable[[Received, asyncio.StreamWriter], Awaitable[None]]


class Stub:
    """`handle` answers every request; when it raises, the connection is closed."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.bytes_received = 0
        self.connections = 0
        self.open_connections = 0
        self.url = ""
        self.arrived = asyncio.Event()
        self.ended = asyncio.Event()  # some connection
        self.greeting = b""  # said before anything is asked
        self.handle: Handler = json_answer(lambda received: charge_answer(received.key))

    def settings(self, **other: Any) -> GatewaySettings:
        """A gateway that lives here."""
        where = {"name": "stub", "base_url": self.url, "account": "acct_1"}
        offers = {"methods": ["card"], "cancel_by_key": True, **DECLARED}
        return GatewaySettings.model_validate({**where, **offers, **other})

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self.open_connections += 1
        try:
            writer.write(self.greeting)
            while True:
                received = await self._read(reader)
                self.requests.append(received)
                self.arrived.set()
                await self.handle(received, writer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, EndOfConnection):
            pass
        finally:
            self.open_connections -= 1
            self.ended.set()
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> Received:
        head = await reader.readuntil(b"\r\n\r\n")
        self.bytes_received += len(head)
        start, *lines = head.decode().rstrip().split("\r\n")
        pairs = (line.partition(": ") for line in lines)
        headers = {name.lower(): value for name, _, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.bytes_received += len(body)
        method, path, _ = start.split(" ")
        return Received(method, path, headers, body)


class EndOfConnection(Exception):
    """Raised by a handler that wants the connection closed."""


@asynccontextmanager
async def running_stub() -> AsyncIterator[Stub]:
    stub = Stub()
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(stub.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    stub.url = f"http://{host}:{port}"
    try:
        yield stub
    finally:
        server.close()
        left = set(connections)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


def http(status: int, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Words", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def raw_answer(data: bytes, *, then_close: bool = False) -> Handler:
    """Always these bytes."""

    async def handle(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        if then_close:
            raise EndOfConnection

    return handle


def json_answer(answer: Callable[[Received], object], *headers: str, status: int = 200) -> Handler:
    """This value as JSON."""

    async def handle(received: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(http(status, json.dumps(answer(received)).encode(), *headers))

    return handle


def held_answer(release: asyncio.Event, then: Handler) -> Handler:
    """Nothing until `release` is set."""

    async def handle(received: Received, writer: asyncio.StreamWriter) -> None:
        await release.wait()
        await then(received, writer)

    return handle


def charge_answer(key: str, **other: object) -> dict[str, object]:
    """A well-formed captured charge."""
    answer: dict[str, object] = {
        "id": "ch_1",
        "key": key,
        "status": "captured",
        "amount": 5_000,
        "currency": "INR",
        "code": None,
        "message": None,
    }
    return answer | other
