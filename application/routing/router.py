"""The router that the payments ask, and the plain one behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from application.ports.gateways import Gateways
from application.ports.hot_state import HotState, HotStateUnavailable
from domain.payment.events import PaymentInitiated, RouteDecided
from domain.routing.rank import POLICY, rank

WINDOW_MINUTES: Final = 5


class Router(Protocol):
    async def decide(self, intent: PaymentInitiated) -> RouteDecided:
        """Whom to ask, in which order, and why. Never raises: an empty order is an answer."""
        ...

    async def learn(self, gateway: str, method: str, *, ok: bool, at: datetime) -> None:
        """One answer of a gateway; `ok` False where it was the gateway's fault."""
        ...


@dataclass(frozen=True, slots=True)
class PriorityRouter:
    """Eligible gateways by recent success, then priority."""

    gateways: Gateways
    hot: HotState

    async def decide(self, intent: PaymentInitiated) -> RouteDecided:
        names = list(self.gateways.names())
        manual = intent.capture_method == "manual"
        reasons = {
            name: self.gateways.get(name).capabilities.serves(
                method=intent.method.type, currency=intent.amount.currency, manual=manual
            )
            for name in names
        }
        excluded = {name: reason for name, reason in reasons.items() if reason is not None}
        eligible = [name for name in names if name not in excluded]
        recent = await self._recent(eligible, intent.method.type, _minute(intent.at))
        order, candidates = rank(names, excluded, recent)
        return RouteDecided(order=order, candidates=candidates, policy=POLICY, seed=0, at=intent.at)

    async def learn(self, gateway: str, method: str, *, ok: bool, at: datetime) -> None:
        try:
            await self.hot.record_outcome(gateway, method, ok=ok, minute=_minute(at))
        except HotStateUnavailable:
            return  # statistics only: the next answers will tell

    async def _recent(
        self, names: list[str], method: str, minute: int
    ) -> dict[str, tuple[int, int]]:
        try:
            return await self.hot.recent_outcomes(
                names, method, minute=minute, minutes=WINDOW_MINUTES
            )
        except HotStateUnavailable:
            return {}


def _minute(at: datetime) -> int:
    return int(at.timestamp() // 60)
