"""One request over HTTP: sent at most once, bounded in size and connections. Gives no meaning."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

import aiohttp
from yarl import URL

from adapters.gateways.bound import Reply, clock_of
from adapters.gateways.configuration import GatewaySettings
from adapters.gateways.connection import Connection
from adapters.gateways.gate import Gate, GatedRequest, NotSent, reason_of
from adapters.gateways.resolving import OwnResolver
from adapters.gateways.shapes import Unreadable
from application.ports.gateways import GatewaySilent, GatewayUnreachable, TooLateToSend

CONNECT_TIMEOUT_S: Final = 1.0
CONNECT_MARGIN_S: Final = 0.01
ANSWER_BYTES_MAX: Final = 64 * 1024
# Shorter than the 5 s after which common servers drop an idle connection: a request that meets
# the drop halfway ends as an unknown outcome.
KEEP_ALIVE_S: Final = 4.0
USER_AGENT: Final = "interlock"
_log = logging.getLogger(__name__)


class Transport:
    """The one session of a gateway. Opened by the first request, inside the running loop. Where
    nothing but the connection binds an answer to its question, each connection carries one."""

    def __init__(self, settings: GatewaySettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def exchange(self, path: str, *, gate: Gate, key: str, body: bytes | None) -> Reply:
        """POST of `body`, or GET. Waits for the answer until it is cancelled.

        Raises TooLateToSend or GatewayUnreachable when nothing was sent, else GatewaySilent.
        """
        try:
            return await self._exchange(path, gate=gate, key=key, body=body)
        except Unreadable as failure:
            raise GatewaySilent(f"{self._settings.name}: {failure}") from failure
        except Exception as failure:
            if not isinstance(failure, aiohttp.ClientError | OSError | ValueError):
                _log.exception("%s: an unexpected failure while asking", self._settings.name)
            raise self.failure(gate, reason_of(failure)) from None  # it quotes the gateway

    def failure(
        self, gate: Gate, reason: str
    ) -> TooLateToSend | GatewayUnreachable | GatewaySilent:
        """What a missing answer means: it depends only on whether a byte may have gone out."""
        if gate.sent_at is not None:
            return GatewaySilent(f"{self._settings.name}: no answer: {reason}")
        if gate.too_late:
            return TooLateToSend(f"{self._settings.name}: too late to send: {reason}")
        return GatewayUnreachable(f"{self._settings.name}: not sent: {reason}")

    def refuse(self) -> None:
        """From here on nothing new is sent; what was sent is still waited for."""
        self._closed = True

    async def aclose(self) -> None:
        """Whoever still waits for an answer gets none."""
        self.refuse()
        if self._session is not None:
            await self._session.close()

    async def _exchange(self, path: str, *, gate: Gate, key: str, body: bytes | None) -> Reply:
        if gate.too_late:
            raise NotSent("send_before had passed when it was asked")
        headers = {"Content-Type": "application/json"} if body else {}
        if body or self._settings.echo_header is not None:
            headers["Idempotency-Key"] = key
        # Waiting for a free connection counts against send_before, as all of this does.
        # A little longer than the gate: a timeout then always means that it was too late.
        connect_s = gate.left_s + CONNECT_MARGIN_S
        timeout = aiohttp.ClientTimeout(
            total=None, connect=connect_s, sock_connect=CONNECT_TIMEOUT_S
        )
        async with self._open().request(
            "POST" if body else "GET",
            URL(self._settings.base_url + path, encoded=True),
            data=body,
            headers=headers,
            timeout=timeout,
            allow_redirects=False,
            middlewares=(gate,),
        ) as response:
            if gate.sent_at is None:
                response.close()
                raise NotSent("it answered before it was asked")
            return self._reply(response, await _read(response), gate.connection)

    def _reply(
        self, response: aiohttp.ClientResponse, body: bytes, connection: Connection | None
    ) -> Reply:
        by_connection = self._settings.bound_by == "connection"
        echo = self._settings.echo_header
        return Reply(
            status=response.status,
            body=body,
            alone=by_connection and connection is not None and connection.is_alone,
            names=None if echo is None else _echoed(response.headers.getall(echo, ())),
            retry_after=response.headers.get("Retry-After"),
            at=clock_of(response.headers.get("Date"), self._now()),
        )

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise NotSent("the gateway was closed")
        if self._session is None:
            self._session = self._make_session()
        return self._session

    def _make_session(self) -> aiohttp.ClientSession:
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        headers["Accept-Encoding"] = "identity"  # bounds are in bytes as received
        if self._settings.credential is not None:
            headers["Authorization"] = f"Bearer {self._settings.credential.get_secret_value()}"
        for_one_question = self._settings.bound_by == "connection"
        connector = aiohttp.TCPConnector(
            limit=0,
            limit_per_host=self._settings.connections_max,
            force_close=for_one_question,
            keepalive_timeout=None if for_one_question else KEEP_ALIVE_S,
            resolver=OwnResolver(self._settings.name),
        )
        loop, name = asyncio.get_running_loop(), self._settings.name
        # aiohttp has no other door for a protocol of one's own.
        connector._factory = partial(Connection, loop, name)  # type: ignore[assignment]
        return aiohttp.ClientSession(
            connector=connector,
            request_class=GatedRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            auto_decompress=False,
            trust_env=False,
        )


def _echoed(values: Sequence[str]) -> str | None:
    """Quoted and bare mean the same; of two that differ neither is believed."""
    told = {one.strip().strip('"') for one in values}
    return None if not told else told.pop() if len(told) == 1 else "two keys at once"


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body. Raises Unreadable when it is larger than ANSWER_BYTES_MAX."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > ANSWER_BYTES_MAX:
            response.close()
            raise Unreadable(f"an answer of more than {ANSWER_BYTES_MAX} bytes")
    return bytes(body)
