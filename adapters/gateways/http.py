"""A gateway that speaks the generic HTTP protocol. Sends once; never repeats, never redirects.

The protocol is the simulator's (docs/simulator.md); its error codes are data in error_table.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import orjson

from adapters.clocks import elapsed, utc_now
from adapters.gateways.bound import Reply
from adapters.gateways.classify import answer_to, canceled, looked_up
from adapters.gateways.configuration import GatewaySettings
from adapters.gateways.error_table import SIMULATOR_ERRORS, ErrorTable
from adapters.gateways.gate import Gate
from adapters.gateways.late import LateAnswers, discard
from adapters.gateways.requests import (
    CANCELLATIONS_PATH,
    CHARGE,
    CHARGES_PATH,
    OPERATIONS_PATH,
    prepared,
)
from adapters.gateways.shapes import Unreadable
from adapters.gateways.transport import Transport
from application.ports.gateways import (
    GatewayRequest,
    GatewaySilent,
    LateAnswer,
    NotOffered,
    Prepared,
    Timing,
)
from domain.gateway.answers import Answer, CancelAnswer, LookedUp
from domain.gateway.capabilities import Capabilities

CLOSE_WAIT_S: Final = 5.0


async def _is_over(exchange: asyncio.Task[Answer], within_s: float) -> bool:
    await asyncio.wait({exchange}, timeout=within_s)
    return exchange.done()


class HttpGateway:
    """Implements the Gateway port. `monotonic` must be the clock of `Timing.send_before`."""

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        errors: ErrorTable = SIMULATOR_ERRORS,
        monotonic: Callable[[], float] = elapsed,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._settings = settings
        self._capabilities = settings.capabilities
        self._errors = errors
        self._monotonic = monotonic
        self._now = now
        self._transport = Transport(settings, now)
        # Half of the connections stay free for those who are still waited for, and half of these
        # for sends: questions that hang must keep nobody from charging.
        half, quarter = max(1, settings.connections_max // 2), max(1, settings.connections_max // 4)
        self._late = LateAnswers(settings.name, readers_max=half)
        self._questions = asyncio.Semaphore(quarter)

    @property
    def name(self) -> str:
        return self._settings.name

    @property
    def account(self) -> str:
        return self._settings.account

    @property
    def endpoint(self) -> str:
        return self._settings.base_url

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    def prepare(self, request: GatewayRequest) -> Prepared:
        """Pure: the same request gives the same bytes, now and after a restart."""
        return prepared(request)

    async def send(self, prepared: Prepared, *, timing: Timing, late: LateAnswer) -> Answer:
        """Sends once. Raises GatewayUnreachable, TooLateToSend, GatewaySilent.

        Cancelled after the send, it goes on reading as if the time to answer had passed.
        """
        gate = Gate(
            send_before=timing.send_before,
            monotonic=self._monotonic,
            not_after=timing.not_after,
            now=self._now,
        )
        exchange = asyncio.create_task(self._post(prepared, gate))
        try:
            is_over = await _is_over(exchange, timing.answer_within_s)
        except asyncio.CancelledError:
            self._leave(exchange, prepared, gate, timing, late)
            raise
        if is_over:
            return exchange.result()
        self._leave(exchange, prepared, gate, timing, late)
        raise self._transport.failure(gate, f"none within {timing.answer_within_s:.1f} s")

    async def look_up(self, key: UUID, *, kind: str, timeout_s: float) -> LookedUp:
        """Raises NotOffered, GatewayUnreachable, GatewaySilent."""
        if not self._capabilities.look_up:
            raise NotOffered(f"{self.name} offers no look-up by key")
        where = CHARGES_PATH if kind == CHARGE else OPERATIONS_PATH
        reply = await self._ask(f"{where}?{urlencode({'key': str(key)})}", key, timeout_s)
        try:
            return looked_up(key, kind, reply, self._errors)
        except Unreadable as failure:
            raise GatewaySilent(f"{self.name}: {failure}") from failure

    async def cancel(self, key: UUID, *, timeout_s: float) -> CancelAnswer:
        """Raises NotOffered, GatewayUnreachable, GatewaySilent."""
        if not self._capabilities.cancel_by_key:
            raise NotOffered(f"{self.name} offers no cancellation by key")
        body = orjson.dumps({"key": str(key)})
        reply = await self._ask(CANCELLATIONS_PATH, key, timeout_s, body=body)
        try:
            return canceled(key, reply, self._errors)
        except Unreadable as failure:
            raise GatewaySilent(f"{self.name}: {failure}") from failure

    async def aclose(self) -> None:
        """Waits at most some CLOSE_WAIT_S for late answers, then drops the connections."""
        self._transport.refuse()
        await self._late.aclose(within_s=CLOSE_WAIT_S)
        await self._transport.aclose()

    async def _post(self, prepared: Prepared, gate: Gate) -> Answer:
        key = str(prepared.key)
        reply = await self._transport.exchange(
            prepared.path, gate=gate, key=key, body=prepared.body
        )
        try:
            return answer_to(prepared, reply, self._errors)
        except Unreadable as failure:
            raise GatewaySilent(f"{self.name}: {failure}") from failure

    def _leave(
        self,
        exchange: asyncio.Task[Answer],
        prepared: Prepared,
        gate: Gate,
        timing: Timing,
        late: LateAnswer,
    ) -> None:
        """Stops waiting: what was sent is read on in the background, the rest is not sent."""
        gate.close()
        if gate.sent_at is not None:
            left_s = gate.sent_at + timing.late_answer_within_s - self._monotonic()
            self._late.follow(exchange, key=prepared.key, left_s=left_s, late=late)
        else:
            discard(exchange)

    async def _ask(
        self, path: str, key: UUID, timeout_s: float, *, body: bytes | None = None
    ) -> Reply:
        send_before = self._monotonic() + timeout_s
        gate = Gate(send_before=send_before, monotonic=self._monotonic)
        try:
            async with asyncio.timeout(timeout_s), self._questions:
                return await self._transport.exchange(path, gate=gate, key=str(key), body=body)
        except TimeoutError as failure:
            raise self._transport.failure(gate, f"none within {timeout_s:.1f} s") from failure
