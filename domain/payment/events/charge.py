"""The charge: its tries and what became of them. `key` names one try."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.money import Money
from domain.payment.events.shapes import CaptureTerms, Evidence, ReviewSubject, Started


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted(Started):
    """A charge. `captures`: by which terms what it may come to hold can be captured; None where
    the format did not allow to say so yet."""

    captures: CaptureTerms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRepeated:
    """The same try, key and bytes, once more."""

    key: UUID
    owner: str
    send_before: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptTakenOver:
    """`owner` answers for the try from here on; what the former owner sent stays unknown."""

    key: UUID
    owner: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptNotSent:
    """The owner looked at its clock before writing and was too late: this send never was."""

    key: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptPending:
    """The gateway has it and will know later."""

    key: UUID
    reference: str
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptSucceeded:
    """The charge stands. `amount` is what the gateway reports."""

    key: UUID
    reference: str
    amount: Money
    captured: bool
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptDeclined:
    """The payer's bank or instrument said no, under this key and finally."""

    key: UUID
    code: str
    network_code: str | None
    message: str
    advice: str
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFailed:
    """This try definitely did nothing."""

    key: UUID
    code: str
    message: str
    transient: bool
    retry_after_s: float | None
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeUnknown:
    """Sent, and nobody knows. No other gateway may be asked until this is settled."""

    key: UUID
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LookUpAnswered:
    """What the gateway knew when it was asked; recorded only when it differs from before."""

    key: UUID
    answer: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequested:
    """Nothing that a machine may do is left: a person must look. `about` the charge: it stands,
    nobody wants it, and no gateway's interface gives it back."""

    key: UUID
    reason: str
    at: datetime
    about: ReviewSubject = "try"


@dataclass(frozen=True, slots=True, kw_only=True)
class LateSuccessObserved:
    """A charge stands that had been settled as not charged, or that nobody waits for."""

    key: UUID
    reference: str
    amount: Money
    captured: bool
    evidence: Evidence
    at: datetime
