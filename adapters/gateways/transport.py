"""One request over HTTP: sent at most once, bounded in size and connections. Gives no meaning."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import aiohttp
from yarl import URL

from adapters.gateways.classify import Reply
from adapters.gateways.configuration import GatewaySettings
from adapters.gateways.gate import Gate, GatedRequest
from adapters.gateways.shapes import Unreadable
from application.ports.gateways import GatewaySilent, GatewayUnreachable, TooLateToSend

CONNECT_TIMEOUT_S: Final = 1.0
CONNECT_MARGIN_S: Final = 0.01
RESOLVE_TIMEOUT_S: Final = 1.0
ANSWER_BYTES_MAX: Final = 64 * 1024
# Shorter than the 5 s after which common servers drop an idle connection: a request that meets
# the drop halfway ends as an unknown outcome.
KEEP_ALIVE_S: Final = 4.0
USER_AGENT: Final = "interlock"
_log = logging.getLogger(__name__)


class BoundedResolver(aiohttp.ThreadedResolver):
    """Name resolution has no deadline of its own in aiohttp."""

    async def resolve(
        self, host: str, port: int = 0, family: int = 0
    ) -> list[aiohttp.abc.ResolveResult]:
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            return await super().resolve(host, port, family=family)  # type: ignore[arg-type]


class Transport:
    """The one session of a gateway. Opened by the first request, inside the running loop."""

    def __init__(self, settings: GatewaySettings) -> None:
        self._settings = settings
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
            raise self.failure(gate, failure) from failure

    def failure(
        self, gate: Gate, why: Exception | str
    ) -> TooLateToSend | GatewayUnreachable | GatewaySilent:
        """What a missing answer means: it depends only on whether a byte may have gone out."""
        reason = str(why) or type(why).__name__
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
            raise aiohttp.ClientError("send_before had passed when it was asked")
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"} if body else {}
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
                raise aiohttp.ClientError("it answered before it was asked")
            return Reply(
                status=response.status,
                body=await _read(response),
                retry_after=response.headers.get("Retry-After"),
            )

    def _open(self) -> aiohttp.ClientSession:
        if self._closed:
            raise aiohttp.ClientError("the gateway was closed")
        if self._session is None:
            self._session = self._make_session()
        return self._session

    def _make_session(self) -> aiohttp.ClientSession:
        headers = {"User-Agent": USER_AGENT, "Accept": "application/json"}
        headers["Accept-Encoding"] = "identity"  # bounds are in bytes as received
        if self._settings.credential is not None:
            headers["Authorization"] = f"Bearer {self._settings.credential.get_secret_value()}"
        connector = aiohttp.TCPConnector(
            limit=0,
            limit_per_host=self._settings.connections_max,
            keepalive_timeout=KEEP_ALIVE_S,
            resolver=BoundedResolver(),
        )
        return aiohttp.ClientSession(
            connector=connector,
            request_class=GatedRequest,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=headers,
            auto_decompress=False,
            trust_env=False,
        )


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The whole body. Raises Unreadable when it is larger than ANSWER_BYTES_MAX."""
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > ANSWER_BYTES_MAX:
            response.close()
            raise Unreadable(f"an answer of more than {ANSWER_BYTES_MAX} bytes")
    return bytes(body)
