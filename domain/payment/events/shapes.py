"""What several events are made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from domain.gateway.capabilities import Remainder
from domain.money import Money

CaptureMethod: TypeAlias = Literal["automatic", "manual"]
CommandName: TypeAlias = Literal["create", "capture", "cancel", "refund", "resolve"]
Evidence: TypeAlias = Literal[
    "answer", "late_answer", "repeat", "look_up", "cancel_by_key", "absence", "operator",
    "notice", "report",
]  # fmt: skip
ReviewSubject: TypeAlias = Literal["try", "charge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureTerms:
    """What the entry that is asked declares of captures of one hold, as it did then."""

    several: bool  # more than one may be made
    remainder: Remainder  # what becomes of what the only one leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRef:
    """Who asked for it: enough to recognise a repeat and to render the same answer again."""

    id: UUID
    name: CommandName
    fingerprint: str  # SHA-256 of the canonical body and the path, hex
    api_version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """One try of one operation is about to be sent by `owner`, and by nobody else."""

    operation: UUID
    number: int  # of the try, from 1
    key: UUID
    gateway: str
    account: str
    endpoint: str
    amount: Money
    owner: str
    send_before: datetime
    request_hash: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationSucceeded:
    """The operation is over; `amount` is what the gateway reports."""

    operation: UUID
    key: UUID
    reference: str
    amount: Money
    evidence: Evidence
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationFailed:
    """The operation is over and has moved nothing."""

    operation: UUID
    code: str
    at: datetime
