"""The payment as a whole: how it began, how it ended, what was refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.money import Money
from domain.payment.events.shapes import CaptureMethod, CommandRef
from domain.payment.method import PaymentMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One gateway as the router saw it; `excluded` says why it fell out."""

    gateway: str
    score: float
    factors: dict[str, float]
    excluded: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentInitiated:
    """A merchant wants this payment; until `complete_by` it may be charged."""

    payment: UUID
    merchant: str
    command: CommandRef
    amount: Money
    capture_method: CaptureMethod
    method: PaymentMethod
    customer: str | None
    description: str | None
    metadata: dict[str, str]
    merchant_initiated: bool
    complete_by: datetime
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteDecided:
    """Whom to ask, in which order, and what every gateway was judged by."""

    order: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    policy: str
    seed: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFailed:
    """No further decision to charge. `retryable`: a new payment may be tried."""

    code: str
    retryable: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested:
    """Takes effect at once where nothing is open, else when the charge settles."""

    command: CommandRef
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentCanceled:
    """Given up on the merchant's wish; nothing is held or taken any more."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentExpired:
    """Nobody captured in time; what was held is released."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused:
    """Refused by state or by a bound; a fact, so that a repeat cannot move money later."""

    command: CommandRef
    code: str
    detail: str
    at: datetime
