"""What a gateway declares that it can do, and what is relied on where it is asked.

tests/gateways/contract.py shows it of the gateways that come with Interlock; of any other it is the
word of whoever configured it, which nothing here can check.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

# What becomes of the part of a hold that a gateway's only capture leaves: it stays held, until a
# void or the end of its lifetime, or the gateway lets go of it with the capture.
Remainder: TypeAlias = Literal["kept", "released"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Seconds throughout. Nothing has a default: what was never said is not there."""

    methods: frozenset[str]  # card, upi, netbanking, wallet
    currencies: frozenset[str] | None  # None: every ISO 4217 code
    manual_capture: bool
    several_captures: bool  # of one hold
    remainder: Remainder
    refunds: bool
    authorization_lifetime_s: float
    key_lifetime_s: float  # 0: not idempotent, exactly one send
    look_up: bool
    absence_final: bool  # after `lateness_s`, "never heard of it" proves "not charged"
    cancel_by_key: bool
    lateness_s: float  # a request sent may still take effect for so long

    def serves(self, *, method: str, currency: str, manual: bool) -> str | None:
        """None when it can, else the reason why not, as a stable word."""
        if method not in self.methods:
            return "method_not_supported"
        if self.currencies is not None and currency not in self.currencies:
            return "currency_not_supported"
        if manual and not self.manual_capture:
            return "manual_capture_not_supported"
        return None
