"""The six example gateways of the simulator, ready to use. Data only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from adapters.gateways.configuration import DAY_S, GatewaySettings
from domain.payment.method import MethodType

_METHODS: Final[dict[str, tuple[MethodType, ...]]] = {
    "razorpay": ("upi", "card", "netbanking", "wallet"),
    "stripe": ("card",),
    "paytm": ("upi", "card", "netbanking", "wallet"),
    "phonepe": ("upi", "wallet"),
    "hdfc": ("card", "netbanking"),
    "sbi": ("card", "netbanking", "upi"),
}


def simulator_gateways(
    base_url: str, *, key_lifetime_s: float = DAY_S, lateness_s: float = 60.0
) -> Sequence[GatewaySettings]:
    """All six, by priority, of a simulator that listens at `base_url` (no trailing slash)."""
    return tuple(
        GatewaySettings(
            name=name,
            base_url=f"{base_url}/{name}",
            account=f"acct_{name}",
            methods=frozenset(methods),
            priority=10 * place,
            manual_capture=True,
            several_captures=True,
            remainder="kept",
            refunds=True,
            look_up=True,
            absence_final=False,
            cancel_by_key=True,
            authorization_lifetime_s=7 * DAY_S,
            bound_by="header",
            echo_header="Idempotency-Key",
            key_lifetime_s=key_lifetime_s,
            lateness_s=lateness_s,
        )
        for place, (name, methods) in enumerate(_METHODS.items(), start=1)
    )
