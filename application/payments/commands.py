"""What merchants may ask for, already validated: imperative, with everything needed to decide."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from domain.canonical import derived_id
from domain.money import Money
from domain.payment.events import CommandRef, OperatorsWord, PaymentInitiated, ReviewOutcome
from domain.payment.events.shapes import CaptureMethod, CommandName
from domain.payment.method import PaymentMethod


@dataclass(frozen=True, kw_only=True)  # no slots: the id is kept once it was made
class Envelope:
    """Who sent the command, and what makes a repeat of it recognisable.

    `fingerprint`: SHA-256, hex, of the canonical body and the path.
    """

    merchant: str
    path: str
    key: str  # Idempotency-Key as sent, without quotes
    fingerprint: str
    api_version: str  # that the answer is wished in; what was recorded first wins
    operator: str | None = None  # who is no merchant; `merchant` then names no one

    def sees(self, merchant: str) -> bool:
        """Whether the payments of this merchant are there for whoever asks."""
        return self.operator is not None or merchant == self.merchant

    @cached_property
    def id(self) -> UUID:
        """For a create this is the payment's id."""
        return derived_id(self.merchant, "POST", self.path, self.key)

    def ref(self, name: CommandName) -> CommandRef:
        return CommandRef(
            id=self.id, name=name, fingerprint=self.fingerprint, api_version=self.api_version
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePayment:
    envelope: Envelope
    amount: Money
    capture_method: CaptureMethod
    method: PaymentMethod
    customer: str | None = None
    description: str | None = None
    metadata: dict[str, str]
    merchant_initiated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturePayment:
    envelope: Envelope
    payment: UUID
    amount: int | None  # minor units; None: all that is left


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPayment:
    envelope: Envelope
    payment: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundPayment:
    envelope: Envelope
    payment: UUID
    amount: int | None  # minor units; None: all that is left
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveReview:
    """What an operator says became of a try under review (None: of the only one)."""

    envelope: Envelope
    payment: UUID
    operator: str
    attempt: UUID | None
    outcome: ReviewOutcome
    reason: str
    evidence: str
    reference: str | None = None
    amount: int | None = None  # minor units of the payment's currency
    captured: bool | None = None

    def word(self, intent: PaymentInitiated) -> OperatorsWord:
        """Where it does not say so, a charge was captured or is held as it was asked for."""
        as_asked = intent.capture_method == "automatic" if self.outcome == "charged" else None
        return OperatorsWord(
            operator=self.operator,
            outcome=self.outcome,
            reason=self.reason,
            evidence=self.evidence,
            reference=self.reference,
            amount=None if self.amount is None else Money(self.amount, intent.amount.currency),
            captured=as_asked if self.captured is None else self.captured,
        )
