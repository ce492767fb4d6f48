"""What the books know of one charge or operation now: its first entry and what came after it."""

from dataclasses import dataclass

from adapters.simulator.entries import (
    ChargeBooked,
    ChargeSettled,
    OperationBooked,
    OperationSettled,
)

CAPTURE, VOID, REFUND = "capture", "void", "refund"
CAPTURED, AUTHORIZED, DECLINED, PENDING = "captured", "authorized", "declined", "pending"
SUCCEEDED = "succeeded"


@dataclass(slots=True)
class Charge:
    """A charge and its sums in minor units; ``status`` stays what the charge itself came to."""

    entry: ChargeBooked
    status: str
    code: str | None
    network_code: str | None
    message: str | None
    captured: int = 0
    voided: int = 0
    refunded: int = 0
    operations: "tuple[Operation, ...]" = ()

    @classmethod
    def booked(cls, entry: ChargeBooked) -> "Charge":
        """The charge right after its first entry."""
        charge = cls(entry, entry.status, entry.code, entry.network_code, entry.message)
        charge._count()
        return charge

    def settle(self, entry: ChargeSettled) -> None:
        """Makes a pending charge final."""
        self.status, self.code = entry.status, entry.code
        self.network_code, self.message = entry.network_code, entry.message
        self._count()

    def _count(self) -> None:
        self.captured = self.entry.amount if self.status == CAPTURED else 0

    @property
    def approved(self) -> bool:
        """Whether money is, or was, taken or held for it."""
        return self.status in (CAPTURED, AUTHORIZED)

    def room(self, kind: str) -> int:
        """Minor units that a further capture, void or refund may move."""
        if not self.approved:
            return 0
        if kind == REFUND:
            return self.captured - self.refunded
        return self.entry.amount - self.captured - self.voided

    def move(self, kind: str, amount: int) -> None:
        """Counts an operation's amount; a negative one takes it back."""
        if kind == CAPTURE:
            self.captured += amount
        elif kind == VOID:
            self.voided += amount
        else:
            self.refunded += amount


@dataclass(slots=True)
class Operation:
    """A capture, void or refund and its state now."""

    entry: OperationBooked
    charge: Charge
    status: str
    code: str | None
    message: str | None

    @classmethod
    def booked(cls, entry: OperationBooked, charge: Charge) -> "Operation":
        """The operation right after its first entry; its amount is counted in the charge."""
        if entry.status != DECLINED:
            charge.move(entry.kind, entry.amount)
        operation = cls(entry, charge, entry.status, entry.code, entry.message)
        charge.operations += (operation,)
        return operation

    def settle(self, entry: OperationSettled) -> None:
        """Makes a pending operation final; a declined one gives its amount back."""
        if entry.status == DECLINED:
            self.charge.move(self.entry.kind, -self.entry.amount)
        self.status, self.code, self.message = entry.status, entry.code, entry.message
