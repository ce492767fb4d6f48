"""What moved on the charges of a payment: by our own operations, under none of our keys, and what
of it was undone later."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.money import Money
from domain.payment.attempt import Attempt, Hold, Kind, Operation
from domain.payment.events import CaptureReversed, ForeignMovementObserved, RefundReversed


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Mappings are copied on change, never mutated; they keep the order of the stream."""

    attempts: Mapping[UUID, Attempt] = field(default_factory=dict)
    operations: Mapping[UUID, Operation] = field(default_factory=dict)
    foreign: tuple[ForeignMovementObserved, ...] = ()
    undone: tuple[CaptureReversed | RefundReversed, ...] = ()

    def of(self, hold: Hold) -> Iterable[Operation]:
        return (one for one in self.operations.values() if one.charge_key == hold.key)

    def total(self, hold: Hold, *kinds: Kind, settled: bool) -> Money:
        """What operations of these kinds moved on this charge, and what moved there so under none
        of our keys, less what was undone; open ones count as done, unless `settled` asks for the
        succeeded ones only."""
        counting = [one for one in self.of(hold) if one.kind in kinds and _counts(one, settled)]
        amount = sum(self._moved(one, settled=settled) for one in counting)
        amount += sum(self._foreign(hold, one) for one in kinds)
        amount -= self._undone(counting)
        amount -= self.undone_of(hold.key) if "capture" in kinds else 0
        return Money(max(0, amount), hold.amount.currency)

    def by_means(self, hold: Hold, means: str, *, settled: bool = False) -> Money:
        """As `total`, with the compensations that asked the gateway for the same. What was
        captured stays gone from the hold, also where the capture was undone."""
        counting = [one for one in self.of(hold) if one.means == means and _counts(one, settled)]
        amount = sum(self._moved(one, settled=settled) for one in counting)
        amount += self._foreign(hold, means)
        back = self._undone(counting) if means == "refund" else 0
        return Money(max(0, amount - back), hold.amount.currency)

    def taken(self, hold: Hold, *, settled: bool) -> Money:
        """What was taken of this charge, at once or by captures, and was not undone."""
        if not hold.captured_at_once:
            return self.total(hold, "capture", settled=settled)
        amount = hold.amount.amount + self._foreign(hold, "capture")
        return Money(max(0, amount - self.undone_of(hold.key)), hold.amount.currency)

    def undone_of(self, key: UUID) -> int:
        """Minor units of what this try had done that were undone later."""
        return sum(one.amount.amount for one in self.undone if one.key == key)

    def is_disturbed(self, key: UUID) -> bool:
        """Something happened at the gateway that nobody asked for: beside this charge, or to what
        this try had done."""
        beside = any(one.charge_key == key for one in self.foreign)
        return beside or any(one.key == key for one in self.undone)

    def _foreign(self, hold: Hold, means: str) -> int:
        return sum(
            one.amount.amount
            for one in self.foreign
            if one.charge_key == hold.key and one.means == means
        )

    def _undone(self, operations: Iterable[Operation]) -> int:
        if not self.undone:
            return 0
        ids = {one.id for one in operations}
        return sum(
            one.amount.amount
            for one in self.undone
            if self.attempts[one.key].started.operation in ids
        )

    def _moved(self, operation: Operation, *, settled: bool) -> int:
        """By all its tries, with what one may still move that is open beside what is done."""
        last = self.attempts[operation.last_key]
        beside = operation.state == "succeeded" and last.is_open and not settled
        still = last.started.amount.amount if beside else 0
        return operation.amount.amount + operation.again + still


def _counts(operation: Operation, settled: bool) -> bool:
    return operation.state == "succeeded" if settled else operation.counts
