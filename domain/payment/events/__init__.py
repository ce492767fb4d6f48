"""The facts of a payment's stream, in the past tense. A recorded shape is never edited.

A new shape gets a new version and an upcaster (versions.py), and a golden file keeps the old one.
"""

from __future__ import annotations

from typing import TypeAlias

from domain.payment.events.charge import (
    AttemptDeclined,
    AttemptFailed,
    AttemptNotSent,
    AttemptPending,
    AttemptRepeated,
    AttemptStarted,
    AttemptSucceeded,
    AttemptTakenOver,
    LateSuccessObserved,
    LookUpAnswered,
    OutcomeUnknown,
    ReviewRequested,
)
from domain.payment.events.follow_up import (
    CaptureFailed,
    CaptureStarted,
    CaptureSucceeded,
    CompensationStarted,
    CompensationSucceeded,
    FollowUpDeferred,
    FollowUpStarted,
    LateOperationObserved,
    RefundFailed,
    RefundStarted,
    RefundSucceeded,
    VoidFailed,
    VoidStarted,
    VoidSucceeded,
)
from domain.payment.events.lifecycle import (
    CancelRequested,
    Candidate,
    CommandRefused,
    PaymentCanceled,
    PaymentExpired,
    PaymentFailed,
    PaymentInitiated,
    RouteDecided,
)
from domain.payment.events.observed import (
    CaptureReversed,
    ForeignMovementObserved,
    Means,
    MovementSource,
    RefundReversed,
    SuccessReversed,
)
from domain.payment.events.review import (
    OperatorsWord,
    ResolveProposed,
    ResolveRefused,
    ReviewOutcome,
    ReviewResolved,
)
from domain.payment.events.shapes import (
    CaptureMethod,
    CaptureTerms,
    CommandName,
    CommandRef,
    Evidence,
    OperationFailed,
    OperationSucceeded,
    ReviewSubject,
    Started,
)

PaymentEvent: TypeAlias = (
    PaymentInitiated | RouteDecided
    | AttemptStarted | AttemptRepeated | AttemptTakenOver | AttemptNotSent | AttemptPending
    | AttemptSucceeded | AttemptDeclined | AttemptFailed | OutcomeUnknown | LookUpAnswered
    | ReviewRequested | LateSuccessObserved | PaymentFailed
    | CaptureStarted | VoidStarted | RefundStarted | CompensationStarted
    | CaptureSucceeded | VoidSucceeded | RefundSucceeded | CompensationSucceeded
    | CaptureFailed | VoidFailed | RefundFailed | LateOperationObserved | FollowUpDeferred
    | ForeignMovementObserved | CaptureReversed | RefundReversed
    | ResolveProposed | ReviewResolved | ResolveRefused
    | CancelRequested | PaymentCanceled | PaymentExpired | CommandRefused
)  # fmt: skip

__all__ = [
    "AttemptDeclined",
    "AttemptFailed",
    "AttemptNotSent",
    "AttemptPending",
    "AttemptRepeated",
    "AttemptStarted",
    "AttemptSucceeded",
    "AttemptTakenOver",
    "CancelRequested",
    "Candidate",
    "CaptureFailed",
    "CaptureMethod",
    "CaptureReversed",
    "CaptureStarted",
    "CaptureSucceeded",
    "CaptureTerms",
    "CommandName",
    "CommandRef",
    "CommandRefused",
    "CompensationStarted",
    "CompensationSucceeded",
    "Evidence",
    "FollowUpDeferred",
    "FollowUpStarted",
    "ForeignMovementObserved",
    "LateOperationObserved",
    "LateSuccessObserved",
    "LookUpAnswered",
    "Means",
    "MovementSource",
    "OperationFailed",
    "OperationSucceeded",
    "OperatorsWord",
    "OutcomeUnknown",
    "PaymentCanceled",
    "PaymentEvent",
    "PaymentExpired",
    "PaymentFailed",
    "PaymentInitiated",
    "RefundFailed",
    "RefundReversed",
    "RefundStarted",
    "RefundSucceeded",
    "ResolveProposed",
    "ResolveRefused",
    "ReviewOutcome",
    "ReviewRequested",
    "ReviewResolved",
    "ReviewSubject",
    "RouteDecided",
    "Started",
    "SuccessReversed",
    "VoidFailed",
    "VoidStarted",
    "VoidSucceeded",
]
