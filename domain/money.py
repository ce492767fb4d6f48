"""Money: a whole number of minor units and an ISO 4217 code. There are no fractions anywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from domain.currencies import EXPONENTS

AMOUNT_MINOR_MAX: Final = 10**12  # of what may be asked for: far above any payment


class InvalidMoney(ValueError):
    """An amount that is no whole number from 0 on, or beyond what may be asked for, or an unknown
    currency."""


class CurrencyMismatch(ValueError):
    """Two amounts of different currencies met."""


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units (JPY 500 is 500 yen, BHD 500 is half a dinar); zero is allowed.

    It has no upper bound: what moved, moved, and sums of it are larger still. `asked` has one.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int or self.amount < 0:
            raise InvalidMoney("amount must be a whole number, and not below 0")
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


def asked(amount: int, currency: str) -> Money:
    """What somebody wants to be moved. Raises InvalidMoney beyond AMOUNT_MINOR_MAX."""
    if amount > AMOUNT_MINOR_MAX:
        raise InvalidMoney(f"no more than {AMOUNT_MINOR_MAX} minor units may be asked for")
    return Money(amount, currency)
