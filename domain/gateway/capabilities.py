"""What a gateway declares that it can do. Proven by tests/gateways/contract.py, not believed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Seconds throughout. `currencies` None means every ISO 4217 code."""

    methods: frozenset[str]  # card, upi, netbanking, wallet
    currencies: frozenset[str] | None = None
    manual_capture: bool = True
    several_captures: bool = True
    refunds: bool = True
    authorization_lifetime_s: float = 7 * 24 * 3600.0
    key_lifetime_s: float = 24 * 3600.0  # 0: not idempotent, exactly one send
    look_up: bool = True
    absence_final: bool = False  # after `lateness_s`, "never heard of it" proves "not charged"
    cancel_by_key: bool = False
    lateness_s: float = 60.0  # a request sent may still take effect for so long

    def serves(self, *, method: str, currency: str, manual: bool) -> str | None:
        """None when it can, else the reason why not, as a stable word."""
        if method not in self.methods:
            return "method_not_supported"
        if self.currencies is not None and currency not in self.currencies:
            return "currency_not_supported"
        if manual and not self.manual_capture:
            return "manual_capture_not_supported"
        return None
