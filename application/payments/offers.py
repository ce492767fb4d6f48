"""What the gateway of a hold offers, as far as it is known: it may not be configured any
more, and what was sent to it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from application.ports.gateways import Gateways, UnknownGateway
from domain.gateway.capabilities import Capabilities
from domain.payment.attempt import Hold

# Of a hold at a gateway that is not configured: with none, the work list would forget the payment.
LIFETIME_UNKNOWN_S: Final = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Offers:
    gateways: Gateways

    def authorization_lifetime_s(self, hold: Hold) -> float:
        """From when the hold was granted until it runs out."""
        offered = self._of(hold.gateway, hold.account, hold.endpoint)
        return LIFETIME_UNKNOWN_S if offered is None else offered.authorization_lifetime_s

    def _of(self, gateway: str, account: str, endpoint: str) -> Capabilities | None:
        try:
            return self.gateways.recorded(gateway, account, endpoint).capabilities
        except UnknownGateway:
            return None
