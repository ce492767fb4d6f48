"""A gateway in this process that answers at once: for benchmarks and tests, never for money.

It knows a few of the simulator's magic tokens; every other token is approved. A pending charge
becomes final when it is looked up.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import unquote
from uuid import UUID

import orjson

from adapters.clocks import elapsed, utc_now
from adapters.gateways.configuration import GatewaySettings
from adapters.gateways.instant_books import BookedCharge, InstantBooks
from adapters.gateways.requests import CHARGE, prepared
from application.ports.gateways import (
    GatewayRequest,
    LateAnswer,
    NotOffered,
    Prepared,
    Timing,
    TooLateToSend,
)
from domain.gateway.answers import (
    Absent,
    Answer,
    Authorized,
    CancelAnswer,
    Captured,
    ChargeAnswer,
    Declined,
    LookedUp,
    NotProcessed,
    Pending,
)
from domain.gateway.capabilities import Capabilities
from domain.money import Money

UNAVAILABLE: Final = NotProcessed(code="unavailable", transient=True)
_DECLINED: Final = MappingProxyType(
    {
        "tok_insufficient_funds": ("insufficient_funds", "51", "try_again_later"),
        "tok_expired_card": ("expired_card", "54", "confirm_card_data"),
        "tok_do_not_honor": ("do_not_honor", "05", "do_not_try_again"),
        "tok_pending_declined": ("do_not_honor", "05", "do_not_try_again"),
    }
)
_PENDING: Final = frozenset({"tok_pending_captured", "tok_pending_declined"})


class InstantGateway:
    """Implements the Gateway port; `late` is never called, for nothing is late."""

    def __init__(
        self,
        settings: GatewaySettings,
        *,
        monotonic: Callable[[], float] = elapsed,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self._settings = settings
        self._capabilities = settings.capabilities
        self._monotonic = monotonic
        self._now = now
        self.books = InstantBooks()

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
        """The bytes that HttpGateway would send."""
        return prepared(request)

    async def send(self, prepared: Prepared, *, timing: Timing, late: LateAnswer) -> Answer:
        """Raises TooLateToSend; never GatewayUnreachable or GatewaySilent."""
        if self._monotonic() >= timing.send_before or self._now() >= timing.not_after:
            raise TooLateToSend(f"{self.name}: too late to send")
        known = self.books.repeated(prepared.key, prepared.digest)
        if known is not None:
            return known
        body = orjson.loads(prepared.body)
        if prepared.kind == CHARGE:
            return self._charge(prepared, body)
        *_, reference, _ = prepared.path.split("/")
        return self.books.operate(
            prepared.kind, unquote(reference), prepared.key, prepared.digest, body["amount"]
        )

    async def look_up(self, key: UUID, *, kind: str, timeout_s: float) -> LookedUp:
        """Raises NotOffered."""
        if not self._capabilities.look_up:
            raise NotOffered(f"{self.name} offers no look-up by key")
        if kind != CHARGE:
            return self.books.operation(key) or Absent()
        charge = self.books.charge(key)
        if charge is None:
            return Absent()
        if charge.becomes is not None:
            charge.settle(charge.becomes)
        return charge.answer

    async def cancel(self, key: UUID, *, timeout_s: float) -> CancelAnswer:
        """Raises NotOffered."""
        if not self._capabilities.cancel_by_key:
            raise NotOffered(f"{self.name} offers no cancellation by key")
        return self.books.cancel(key)

    async def aclose(self) -> None:
        """There is nothing to close."""

    def _charge(self, prepared: Prepared, body: dict[str, Any]) -> ChargeAnswer:
        token = body["method_token"]
        if token == "tok_not_processed":
            return UNAVAILABLE
        amount = Money(body["amount"], body["currency"])
        reference = self.books.next_reference("ch")
        final = _final(token, reference, amount, capture=body["capture"])
        pending = token in _PENDING
        return self.books.book(
            BookedCharge(
                key=prepared.key,
                digest=prepared.digest,
                amount=amount,
                answer=Pending(reference) if pending else final,
                becomes=final if pending else None,
            )
        )


def _final(
    token: str, reference: str, amount: Money, *, capture: bool
) -> Captured | Authorized | Declined:
    if token in _DECLINED:
        code, network_code, advice = _DECLINED[token]
        return Declined(code=code, network_code=network_code, advice=advice, reference=reference)
    return Captured(reference, amount) if capture else Authorized(reference, amount)
