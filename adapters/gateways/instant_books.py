"""The books of a gateway in this process: charges and what was done to them, in memory.

Bounded: the oldest charge is forgotten first, as real gateways forget keys. No clock, no chance.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from domain.gateway.answers import (
    Authorized,
    Blocked,
    CancelAnswer,
    Captured,
    ChargeAnswer,
    Declined,
    Done,
    NotProcessed,
    OperationAnswer,
    Pending,
)
from domain.money import Money

CHARGES_MAX: Final = 1_000_000
KEY_REUSED: Final = NotProcessed(code="key_reused", transient=False)
KEY_CANCELED: Final = NotProcessed(code="key_canceled", transient=False)
NO_SUCH_CHARGE: Final = NotProcessed(code="no_such_charge", transient=False)
MALFORMED: Final = NotProcessed(code="malformed", transient=False)
AMOUNT_TOO_LARGE: Final = NotProcessed(code="amount_too_large", transient=False)


@dataclass(slots=True)
class BookedCharge:
    """`room` and `captured` in minor units: what may still be captured or voided, and refunded."""

    key: UUID
    digest: str
    amount: Money
    answer: Captured | Authorized | Pending | Declined
    becomes: Captured | Authorized | Declined | None = None  # what a pending one will be
    room: int = 0
    captured: int = 0
    operations: dict[UUID, tuple[str, Done]] = field(default_factory=dict)

    def settle(self, answer: Captured | Authorized | Declined) -> None:
        """Makes the charge final."""
        self.answer = answer
        self.becomes = None
        if isinstance(answer, Captured):
            self.captured = answer.amount.amount
        elif isinstance(answer, Authorized):
            self.room = answer.amount.amount


class InstantBooks:
    """Every method is one step: nothing is ever in flight."""

    def __init__(self, *, charges_max: int = CHARGES_MAX) -> None:
        self._charges_max = charges_max
        self._charges: OrderedDict[UUID, BookedCharge] = OrderedDict()
        self._charge_by_reference: dict[str, BookedCharge] = {}
        self._charge_by_operation: dict[UUID, BookedCharge] = {}
        self._canceled: OrderedDict[UUID, None] = OrderedDict()
        self._count = 0

    def __len__(self) -> int:
        """How many charges are known."""
        return len(self._charges)

    def next_reference(self, prefix: str) -> str:
        """Never given before by these books."""
        self._count += 1
        return f"{prefix}_{self._count:08d}"

    def charge(self, key: UUID) -> BookedCharge | None:
        """What stands under the key."""
        return self._charges.get(key)

    def repeated(self, key: UUID, digest: str) -> ChargeAnswer | OperationAnswer | None:
        """What the key has already got; a refusal for another body; None when it is free."""
        if (charge := self._charges.get(key)) is not None:
            return charge.answer if charge.digest == digest else KEY_REUSED
        if (charge := self._charge_by_operation.get(key)) is not None:
            before, answer = charge.operations[key]
            return answer if before == digest else KEY_REUSED
        return KEY_CANCELED if key in self._canceled else None

    def book(self, charge: BookedCharge) -> ChargeAnswer:
        """A new charge under a free key."""
        if not isinstance(charge.answer, Pending):
            charge.settle(charge.answer)
        self._charges[charge.key] = charge
        if charge.answer.reference is not None:
            self._charge_by_reference[charge.answer.reference] = charge
        if len(self._charges) > self._charges_max:
            self._forget_oldest()
        return charge.answer

    def operate(
        self, kind: str, reference: str, key: UUID, digest: str, amount: int
    ) -> OperationAnswer:
        """A capture, void or refund under a free key, within the bounds of the charge."""
        charge = self._charge_by_reference.get(reference)
        if charge is None:
            return NO_SUCH_CHARGE
        if amount < 1:
            return MALFORMED
        if amount > (charge.captured if kind == "refund" else charge.room):
            return AMOUNT_TOO_LARGE
        if kind == "refund":
            charge.captured -= amount
        else:
            charge.room -= amount
            charge.captured += amount if kind == "capture" else 0
        done = Done(self.next_reference(kind), Money(amount, charge.amount.currency))
        charge.operations[key] = (digest, done)
        self._charge_by_operation[key] = charge
        return done

    def operation(self, key: UUID) -> Done | None:
        """What stands under the key of a capture, void or refund."""
        charge = self._charge_by_operation.get(key)
        return None if charge is None else charge.operations[key][1]

    def cancel(self, key: UUID) -> CancelAnswer:
        """Blocks a free key for good; a pending charge is declined; else what stands."""
        charge = self._charges.get(key)
        if charge is None:
            self._canceled[key] = None
            if len(self._canceled) > self._charges_max:
                self._canceled.popitem(last=False)
            return Blocked()
        if isinstance(charge.answer, Pending):
            charge.settle(Declined(code="canceled", reference=charge.answer.reference))
        return charge.answer

    def _forget_oldest(self) -> None:
        _, oldest = self._charges.popitem(last=False)
        if oldest.answer.reference is not None:
            self._charge_by_reference.pop(oldest.answer.reference, None)
        for key in oldest.operations:
            self._charge_by_operation.pop(key, None)
