"""The last look at the clock before the first byte goes out, and the record that it did."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from ssl import SSLError
from typing import Final

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ServerDisconnectedError,
    connector,
)
from aiohttp.abc import AbstractStreamWriter

from adapters.clocks import utc_now
from adapters.gateways.connection import Connection

NO_DAY: Final = datetime.max.replace(tzinfo=UTC)
DEAD_CONNECTIONS_MAX: Final = 3


class NotSent(ClientError):
    """The gate was closed: no byte of the request was written."""


class DeadConnection(NotSent):
    """The connection was closed, or out of step: no byte of the request was written."""


class Interrupted(ClientError):
    """The connection broke. Not one of the failures after which aiohttp repeats a GET by itself."""


def reason_of(failure: Exception) -> str:
    """In our words: the text of an HTTP library quotes what the gateway sent, cut anywhere."""
    if isinstance(failure, NotSent | Interrupted):
        return str(failure)
    if isinstance(failure, OSError) and failure.errno and not isinstance(failure, SSLError):
        return f"{type(failure).__name__}: {os.strerror(failure.errno)}"
    return type(failure).__name__


class Gate:
    """Of one request. Once `sent_at` is set, bytes may be on their way, over `connection`."""

    def __init__(
        self,
        *,
        send_before: float,
        monotonic: Callable[[], float],
        not_after: datetime = NO_DAY,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """`not_after`: the same by the clock on the wall; a question needs none."""
        self.send_before = send_before
        self._not_after, self._now = not_after, now
        self.sent_at: float | None = None
        self.connection: Connection | None = None
        self._monotonic = monotonic
        self._closed = False

    @property
    def too_late(self) -> bool:
        """Whether `send_before` has passed, by either clock."""
        return self._monotonic() >= self.send_before or self._now() >= self._not_after

    @property
    def left_s(self) -> float:
        """Seconds until `send_before`, at least 0."""
        return max(0.0, self.send_before - self._monotonic())

    def close(self) -> None:
        """From here on nothing more goes out."""
        self._closed = True

    def passes(self, connection: Connection) -> bool:
        """To be asked right before writing, with no await in between."""
        if self._closed or self.too_late:
            return False
        self.sent_at = self._monotonic()
        self.connection = connection
        connection.ask()
        return True

    async def __call__(self, request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
        """As an aiohttp middleware: puts itself into the request."""
        if not isinstance(request, GatedRequest):
            raise TypeError("the session must make GatedRequests")
        request.gate = self
        try:
            return await self._on_a_live_connection(request, handler)
        except (ClientOSError, ServerDisconnectedError) as failure:
            raise Interrupted(reason_of(failure)) from failure

    async def _on_a_live_connection(
        self, request: ClientRequest, handler: ClientHandlerType
    ) -> ClientResponse:
        """Another connection is no second send: a dead one swallowed nothing."""
        for _ in range(DEAD_CONNECTIONS_MAX):
            with suppress(DeadConnection):
                return await handler(request)
        return await handler(request)


class GatedRequest(ClientRequest):
    """Asks its gate in the moment of writing.

    A request without a body is written in `send`, one with a body later, in a task that runs
    `write_bytes`; until then its headers lie in a buffer of aiohttp's.
    """

    gate: Gate | None = None

    async def send(self, conn: connector.Connection) -> ClientResponse:
        why_not = _why_dead(conn) if self.body else self._why_not(conn)
        if why_not is not None:
            raise why_not
        return await super().send(conn)

    async def write_bytes(
        self,
        writer: AbstractStreamWriter,
        conn: connector.Connection,
        content_length: int | None = None,
    ) -> None:
        why_not = self._why_not(conn)
        if why_not is None:
            await super().write_bytes(writer, conn, content_length)
        elif conn.protocol is not None:
            # Whoever waits for the response gets this instead and closes the connection.
            conn.protocol.set_exception(why_not)

    def _why_not(self, conn: connector.Connection) -> NotSent | None:
        """None when the gate has let it pass."""
        if (dead := _why_dead(conn)) is not None:
            return dead
        if self.gate is None or not self.gate.passes(_ours(conn)):
            return NotSent("the gate was closed")
        return None


def _why_dead(conn: connector.Connection) -> DeadConnection | None:
    """A closed connection would swallow the bytes; one that holds bytes of the server already
    would pass these off as the answer."""
    protocol = conn.protocol
    alive = protocol is not None and protocol.is_connected() and not protocol.should_close
    if not alive or not _ours(conn).is_silent():
        return DeadConnection("the connection was of no more use")
    return None


def _ours(conn: connector.Connection) -> Connection:
    if not isinstance(conn.protocol, Connection):
        raise TypeError("the connector must make connections that count their questions")
    return conn.protocol
