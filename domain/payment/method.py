"""How the payer pays: a token of the merchant's vault, described, never a card number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

MethodType: TypeAlias = Literal["card", "upi", "netbanking", "wallet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod:
    """What the payer pays with, as the merchant described it."""

    type: MethodType
    token: str
    bank: str | None = None
    brand: str | None = None
    bin: str | None = None  # at most 8 digits
    last4: str | None = None
    country: str | None = None  # ISO 3166-1 alpha-2
