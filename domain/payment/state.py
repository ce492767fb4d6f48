"""What a payment can be. Illegal combinations cannot be written down.

`Facts` is what every state knows; the class says what may be decided (transitions.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from domain.money import Money
from domain.payment.attempt import Attempt, Command, Hold
from domain.payment.events import (
    CancelRequested,
    LateOperationObserved,
    PaymentInitiated,
    RouteDecided,
)
from domain.payment.moved import Moved


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(Moved):
    intent: PaymentInitiated
    revision: int
    route: RouteDecided | None = None
    commands: Mapping[UUID, Command] = field(default_factory=dict)
    cancel: CancelRequested | None = None
    unwanted: bool = False  # canceled before the charge was known to stand
    refusals: int = 0
    resolves: int = 0  # words of operators that ended no review
    strays: tuple[Hold, ...] = ()  # charges that stand and that nobody wants

    @property
    def charges(self) -> list[Attempt]:
        return [one for one in self.attempts.values() if one.kind == "charge"]

    def unsettled(self, attempt: Attempt) -> bool:
        """The try is open, or the operation that it belongs to is."""
        operation = self.operations.get(attempt.started.operation)
        return attempt.is_open or (operation is not None and operation.state == "open")

    def reviewable(self, attempt: Attempt) -> bool:
        """A person may be asked to look: something is unsettled, was done after all, or happened
        at the gateway unasked."""
        late = isinstance(attempt.verdict, LateOperationObserved)
        return self.unsettled(attempt) or late or self.is_disturbed(attempt.key)


@dataclass(frozen=True, slots=True)
class New:
    """Nothing happened yet."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Wanted, and no try is open."""

    facts: Facts


@dataclass(frozen=True, slots=True)
class InFlight:
    """A try is open and its owner is waiting for the answer, or the gateway is deciding."""

    facts: Facts
    asked: UUID


@dataclass(frozen=True, slots=True)
class Unknown:
    """A try is open and nobody knows. No other gateway may be asked."""

    facts: Facts
    asked: UUID


@dataclass(frozen=True, slots=True)
class Authorized:
    facts: Facts
    hold: Hold


@dataclass(frozen=True, slots=True)
class Captured:
    """All of it or a part of it was taken."""

    facts: Facts
    hold: Hold


@dataclass(frozen=True, slots=True)
class Conflicted:
    """The gateway holds or took something else than was asked; `hold` is what it really has."""

    facts: Facts
    hold: Hold


@dataclass(frozen=True, slots=True)
class Failed:
    facts: Facts
    code: str
    retryable: bool


@dataclass(frozen=True, slots=True)
class Canceled:
    facts: Facts
    hold: Hold | None


@dataclass(frozen=True, slots=True)
class Expired:
    facts: Facts
    hold: Hold | None


Open: TypeAlias = InFlight | Unknown
Holding: TypeAlias = Authorized | Captured | Conflicted
Ended: TypeAlias = Failed | Canceled | Expired
Known: TypeAlias = Ready | Open | Holding | Ended
Payment: TypeAlias = New | Known


def captured(payment: Holding | Canceled | Expired, *, settled: bool = False) -> Money:
    """What was taken of the payment's charge (zero where none stands)."""
    hold = payment.hold
    if hold is None:
        return payment.facts.intent.amount.zero()
    return payment.facts.taken(hold, settled=settled)


def refundable(payment: Holding) -> Money:
    """What may still be given back: settled captures less refunds, open ones included."""
    facts, hold = payment.facts, payment.hold
    given = facts.by_means(hold, "refund")
    taken = captured(payment, settled=True)
    return taken - given if given <= taken else taken.zero()


def status(payment: Known) -> str:
    """The word that merchants see."""
    match payment:
        case Ready() | InFlight():
            return "processing"
        case Unknown():
            return "pending_verification"
        case Authorized() | Captured() | Conflicted() if payment.facts.unwanted:
            return "processing"  # what stands is being given back
        case Authorized():
            return "requires_capture"
        case Captured():
            taken = captured(payment, settled=True)
            if taken.is_zero and payment.facts.undone:
                return "failed"  # what was taken fell through
            return "succeeded" if payment.hold.amount <= taken else "partially_captured"
        case _:
            return type(payment).__name__.lower()
