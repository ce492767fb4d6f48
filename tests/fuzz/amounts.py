"""The least that is known of a payment from outside: three sums and what may be done with them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Sums:
    """In minor units. `held`: authorized, neither captured nor voided."""

    held: int = 0
    captured: int = 0
    refunded: int = 0

    def change(self, name: str, amount: int | None) -> bool:
        """Whether the command of this name is done; None means all that is left."""
        match name:
            case "capture":
                return self.capture(amount)
            case "refunds":
                return self.refund(amount)
            case _:
                return self.cancel()

    def capture(self, amount: int | None) -> bool:
        wanted = self.held if amount is None else amount
        if not 0 < wanted <= self.held:
            return False
        self.held -= wanted
        self.captured += wanted
        return True

    def cancel(self) -> bool:
        if not self.held:
            return False
        self.held = 0
        return True

    def refund(self, amount: int | None) -> bool:
        left = self.captured - self.refunded
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            return False
        self.refunded += wanted
        return True
