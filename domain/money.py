"""Money: a whole number of minor units and an ISO 4217 code. There are no fractions anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.currencies import EXPONENTS

AMOUNT_MINOR_MAX: Final = 10**12  # far above any payment, far below 2**53


class InvalidMoney(ValueError):
    """An amount that is not a positive whole number in range, or an unknown currency."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met."""


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units (JPY 500 is 500 yen, BHD 500 is half a dinar); zero is allowed."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int or not 0 <= self.amount <= AMOUNT_MINOR_MAX:
            raise InvalidMoney(f"amount must be a whole number from 0 to {AMOUNT_MINOR_MAX}")
        if self.currency not in EXPONENTS:
            raise InvalidMoney(f"unknown currency {self.currency!r}")

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __str__(self) -> str:
        exponent = EXPONENTS[self.currency]
        if exponent == 0:
            return f"{self.amount} {self.currency}"
        whole, minor = divmod(self.amount, 10**exponent)
        return f"{whole}.{minor:0{exponent}d} {self.currency}"

    @property
    def is_zero(self) -> bool:
        return self.amount == 0

    def zero(self) -> Money:
        return Money(0, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not mix")
        return other.amount
