"""The six example gateways and the formula for their success. Data and arithmetic; draws nothing.

The formula: ``p = success * (0.7 + 0.3 * sqrt(affinity(method) * bank(bank)))``. The geometric
mean lets a weak bank hold down a strong method; the floor of 0.7 keeps ordinary traffic between
about 85 and 97 percent where a gateway suits, and visibly lower (down to 0.77) where it does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType

METHODS = ("upi", "card", "netbanking", "wallet")
BANKS = ("HDFC", "ICICI", "SBI", "AXIS", "KOTAK")
FIT_FLOOR = 0.7
FIT_SHARE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayProfile:
    """What one gateway is like: rates in [0, 1], ``base_ms`` its median answer time."""

    name: str
    success: float
    base_ms: int
    methods: frozenset[str]
    affinity: Mapping[str, float]
    bank: Mapping[str, float]

    @property
    def account(self) -> str:
        """The merchant account that its notices name."""
        return f"acct_{self.name}"

    @property
    def bank_mean(self) -> float:
        """Stands for a bank that the table does not name."""
        return sum(self.bank.values()) / len(self.bank)


def _profile(
    name: str,
    success: float,
    base_ms: int,
    methods: tuple[str, ...],
    affinity: tuple[float, ...],
    bank: tuple[float, ...],
) -> GatewayProfile:
    return GatewayProfile(
        name=name,
        success=success,
        base_ms=base_ms,
        methods=frozenset(methods),
        affinity=MappingProxyType(dict(zip(METHODS, affinity, strict=True))),
        bank=MappingProxyType(dict(zip(BANKS, bank, strict=True))),
    )


_ROWS = (
    _profile(
        "razorpay", 0.96, 320, METHODS, (0.95, 0.88, 0.90, 0.85), (0.90, 0.88, 0.80, 0.85, 0.82)
    ),
    _profile(
        "stripe", 0.98, 280, ("card",), (0.10, 0.98, 0.20, 0.30), (0.92, 0.90, 0.75, 0.88, 0.87)
    ),
    _profile("paytm", 0.91, 410, METHODS, (0.88, 0.75, 0.82, 0.95), (0.78, 0.80, 0.85, 0.77, 0.74)),
    _profile(
        "phonepe",
        0.94,
        350,
        ("upi", "wallet"),
        (0.97, 0.20, 0.30, 0.92),
        (0.85, 0.83, 0.90, 0.81, 0.79),
    ),
    _profile(
        "hdfc",
        0.95,
        290,
        ("card", "netbanking"),
        (0.40, 0.94, 0.96, 0.20),
        (0.99, 0.60, 0.55, 0.58, 0.57),
    ),
    _profile(
        "sbi",
        0.88,
        480,
        ("card", "netbanking", "upi"),
        (0.82, 0.78, 0.93, 0.10),
        (0.50, 0.52, 0.99, 0.48, 0.47),
    ),
)
PROFILES: Mapping[str, GatewayProfile] = MappingProxyType({row.name: row for row in _ROWS})


def success_probability(
    profile: GatewayProfile, *, method: str, bank: str | None, success: float | None = None
) -> float:
    """The chance in [0, 1] that an ordinary charge is approved.

    ``success`` stands in for the profile's own rate while a control overrides it. An unnamed or
    unknown bank counts as the mean of the gateway's banks. KeyError for an unknown method.
    """
    rate = profile.success if success is None else success
    with_bank = profile.bank_mean if bank is None else profile.bank.get(bank, profile.bank_mean)
    return rate * (FIT_FLOOR + FIT_SHARE * sqrt(profile.affinity[method] * with_bank))
