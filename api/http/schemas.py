"""The shapes of answers, for the OpenAPI document. Rendering is domain and application code; a test
holds both together."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

Item = TypeVar("Item")
PaymentId = Annotated[str, Field(pattern="^pay_[0-9a-f]{32}$")]
RefundId = Annotated[str, Field(pattern="^re_[0-9a-f]{32}$")]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
PaymentStatus = Literal[
    "requires_action",
    "processing",
    "requires_capture",
    "succeeded",
    "partially_captured",
    "failed",
    "canceled",
    "expired",
    "pending_verification",
    "conflicted",
]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Decline(_Shape):
    code: str
    network_code: str | None
    advice: str


class Failure(_Shape):
    code: str
    retryable: bool
    decline: Decline | None


class OperationFailure(_Shape):
    """`retryable`: asking for it anew, with a new key, may help. Only `code` before 2026-12-01."""

    code: str
    message: str | None = None
    retryable: bool | None = None


class Deferred(_Shape):
    """Refused for now, and tried again in the background for up to 72 hours."""

    code: str
    message: str
    since: Time


class Movement(_Shape):
    """What happened at the gateway under none of our keys, or to a success of ours later."""

    kind: Literal["capture", "void", "refund", "capture_reversed", "refund_reversed"]
    amount: int
    currency: str
    reference: str
    known_from: str
    at: Time


class DescribedMethod(_Shape):
    type: str
    bank: str | None
    brand: str | None
    bin: str | None
    last4: str | None
    country: str | None


class Refund(_Shape):
    id: RefundId
    object: Literal["refund"]
    payment: PaymentId
    status: Literal["pending", "succeeded", "failed", "unknown"]
    amount: int
    amount_reversed: int | None = None  # since 2026-12-01: it came back
    currency: str
    reason: str | None
    failure: OperationFailure | None
    deferred: Deferred | None = None  # since 2026-12-01
    created_at: Time


class Payment(_Shape):
    """Amounts in minor units. `revision` counts the payment's facts."""

    id: PaymentId
    object: Literal["payment"]
    status: PaymentStatus
    amount: int
    currency: str
    amount_authorized: int
    amount_captured: int
    amount_capturable: int
    amount_refunded: int
    capture_method: Literal["automatic", "manual"]
    payment_method: DescribedMethod
    customer: str | None
    description: str | None
    metadata: dict[str, str]
    merchant_initiated: bool
    gateway: str | None
    attempts: int
    cancel_requested: bool
    needs_review: bool
    failure: Failure | None
    movements: list[Movement] | None = None  # since 2026-12-01: the newest 20
    refunds: list[Refund]
    created_at: Time
    revision: int


class Attempt(_Shape):
    """One try at a gateway, with the key that it was sent under."""

    id: str
    object: Literal["attempt"]
    kind: Literal["charge", "capture", "void", "refund", "compensation"]
    number: int
    gateway: str
    status: str
    amount: int
    currency: str
    idempotency_key: str
    sends: int
    owner: str
    reference: str | None
    evidence: str | None
    code: str | None
    message: str | None
    needs_review: str | None
    started_at: Time
    changed_at: Time


class Candidate(_Shape):
    gateway: str
    score: float
    factors: dict[str, float]
    excluded: str | None


class Decision(_Shape):
    """Which gateways could have been asked, in which order they would be, and why."""

    object: Literal["decision"]
    payment: PaymentId
    order: list[str]
    candidates: list[Candidate]
    policy: str
    seed: int
    decided_at: Time


class TimelineEntry(_Shape):
    object: Literal["event"]
    payment: PaymentId
    revision: int
    type: str
    at: Time
    actor: str
    summary: str
    data: dict[str, Any]


class Outcomes(_Shape):
    succeeded: int
    declined: int
    failed: int
    unknown: int


class Health(_Shape):
    """`success_rate`: of `recent`, without declines; null where nothing speaks of it."""

    method: str
    total: Outcomes
    recent: Outcomes
    window_minutes: int
    success_rate: float | None
    last_outcome_at: Time


class Gateway(_Shape):
    object: Literal["gateway"]
    name: str
    methods: list[str]
    currencies: list[str] | None
    manual_capture: bool
    several_captures: bool
    refunds: bool
    health: list[Health]


class Lag(_Shape):
    events: int
    more: bool
    seconds: float


class Projection(_Shape):
    object: Literal["projection"]
    name: str
    position: int
    head: int
    lag: Lag
    parked: int
    recorded_at: Time | None


class ListOf(_Shape, Generic[Item]):
    """`next_cursor`: give it as `cursor` to get the next page."""

    data: list[Item]
    has_more: bool
    next_cursor: str | None


class FieldError(_Shape):
    pointer: str
    detail: str


class Problem(_Shape):
    """RFC 9457. `type` is a page of this server about the stable `code`. `retryable`: the same
    request, with the same key, may yet succeed. `retry_with_new_key`: this answer is final for its
    key, and a new command may go better (since 2026-12-01)."""

    type: str
    title: str
    status: int
    code: str
    detail: str | None = None
    request_id: str | None = None
    retryable: bool
    retry_with_new_key: bool | None = None
    errors: list[FieldError] | None = None
    decline: Decline | None = None
    payment: PaymentId | None = None
    refund: RefundId | None = None
    failure: OperationFailure | None = None


class Ready(_Shape):
    status: Literal["ready", "not_ready"]
    checks: dict[str, Literal["ok", "failed"]]
    degraded: list[str]


class Alive(_Shape):
    status: Literal["ok"]


class NoticeTaken(_Shape):
    received: Literal[True]


SHAPES: tuple[type[BaseModel], ...] = (
    Payment,
    Refund,
    Attempt,
    Decision,
    TimelineEntry,
    Gateway,
    Projection,
    Problem,
    Ready,
    Alive,
    NoticeTaken,
    ListOf[Payment],
    ListOf[Refund],
    ListOf[Attempt],
    ListOf[TimelineEntry],
    ListOf[Gateway],
    ListOf[Projection],
)
