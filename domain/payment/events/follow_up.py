"""What is done to a charge that stands: capture, void, refund, compensation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from domain.payment.events.shapes import (
    CommandRef,
    OperationFailed,
    OperationSucceeded,
    Started,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpStarted(Started):
    """Something done to a charge that stands: `charge` is the gateway's reference of it."""

    charge: str
    charge_key: UUID
    command: CommandRef | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureStarted(FollowUpStarted):
    """Takes money that is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidStarted(FollowUpStarted):
    """Releases money that is held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundStarted(FollowUpStarted):
    """Gives captured money back because the merchant asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationStarted(FollowUpStarted):
    """Gives back what nobody wants any more; `means` depends on what the gateway holds."""

    means: Literal["void", "refund"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpDeferred:
    """Refused for now, and for no reason that lasts: it goes on in the background, and that is
    the command's answer. `code` and `message` are the refusal's, `key` the try that got it."""

    operation: UUID
    key: UUID
    code: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureSucceeded(OperationSucceeded):
    """Held money was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidSucceeded(OperationSucceeded):
    """Held money was released."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundSucceeded(OperationSucceeded):
    """Captured money was given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompensationSucceeded(OperationSucceeded):
    """What nobody wanted was given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LateOperationObserved(OperationSucceeded):
    """Done after all: by a try that had been settled as not done, or beside one that did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureFailed(OperationFailed):
    """The hold stays as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidFailed(OperationFailed):
    """The hold stays as it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundFailed(OperationFailed):
    """The money stays captured."""
