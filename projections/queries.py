"""What can be asked of the read models, and the shapes of the answers.

Every question about a payment names its merchant: nobody sees another's. One that names none is an
operator's. Adapters answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar
from uuid import UUID

from domain.log import BEFORE_FIRST, Position, Revision
from projections.ports import ParkedStream

PAGE_ROWS_MAX: Final = 100

Item = TypeVar("Item")


class UnknownCursor(ValueError):
    """The list cannot go on after this payment: the merchant has none of this id."""


class TooManyWaiting(Exception):
    """The bound on waiting readers is reached: answer from what is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """Amounts in minor units; `view` is domain.payment.view.payment_view at `revision`."""

    id: UUID
    merchant: str
    status: str
    amount: int
    currency: str
    amount_captured: int
    amount_refunded: int
    gateway: str | None
    customer: str | None
    created_at: datetime
    updated_at: datetime
    revision: Revision
    created_position: Position
    position: Position
    view: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow:
    payment: UUID
    revision: Revision
    merchant: str
    position: Position
    type: str
    at: datetime
    actor: str
    data: dict[str, Any]
    summary: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    succeeded: int
    declined: int
    failed: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayHealthRow:
    """`recent` covers the last `window_minutes`; `success_rate` is of these, 0.0 to 1.0 without
    declines, None when nothing speaks of it."""

    gateway: str
    method: str
    total: Outcomes
    recent: Outcomes
    window_minutes: int
    success_rate: float | None
    last_outcome_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionRow:
    """`recorded_at`: of the newest event that was looked at."""

    projection: str
    position: Position
    recorded_at: datetime | None
    parked: tuple[ParkedStream, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    rows: tuple[Item, ...]
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentList:
    """Newest first. `after`: the last payment of the page before."""

    merchant: str | None
    status: str | None = None
    needs_review: bool | None = None
    created_after: datetime | None = None  # exclusive
    created_before: datetime | None = None  # exclusive
    after: UUID | None = None
    limit: int = 20

    def __post_init__(self) -> None:
        check_limit(self.limit)


class Queries(Protocol):
    """All methods raise ReadModelsUnavailable."""

    async def payment(self, merchant: str | None, payment: UUID) -> PaymentRow | None: ...

    async def payments(self, asked: PaymentList) -> Page[PaymentRow]:
        """Raises UnknownCursor."""
        ...

    async def timeline(
        self,
        merchant: str | None,
        payment: UUID,
        *,
        after: Revision = BEFORE_FIRST,
        limit: int = PAGE_ROWS_MAX,
    ) -> Page[TimelineRow]:
        """Oldest first, revisions greater than `after`; empty for another's payment."""
        ...

    async def payment_of_refund(self, merchant: str, refund: UUID) -> UUID | None:
        """The payment that this refund (its operation's id) gives back; None for another's."""
        ...

    async def payments_by_refund(self, refund: UUID) -> Sequence[UUID]:
        """As payment_of_refund, of all merchants, for operators."""
        ...

    async def payments_by_reference(self, reference: str) -> Sequence[UUID]:
        """Of all merchants, for operators: those of which a gateway spoke by this id of its own.
        At most PAGE_ROWS_MAX."""
        ...

    async def gateway_health(
        self, *, now: datetime, window_minutes: int = 30
    ) -> Sequence[GatewayHealthRow]:
        """By gateway and method. `window_minutes`: 1 to 60."""
        ...

    async def projections(self) -> Sequence[ProjectionRow]:
        """Those that ever ran here, by name."""
        ...


class Waits(Protocol):
    """Waiting for a projection to get somewhere. Raises ReadModelsUnavailable, TooManyWaiting."""

    async def revision(self, payment: UUID, revision: Revision, *, timeout_s: float) -> bool:
        """Whether `payment_status` shows the payment at `revision` or later, in time."""
        ...

    async def position(self, projection: str, position: Position, *, timeout_s: float) -> bool:
        """Whether the projection has looked at everything up to `position`, in time."""
        ...


def check_limit(limit: int) -> None:
    """Raises ValueError."""
    if not 1 <= limit <= PAGE_ROWS_MAX:
        raise ValueError(f"limit must be from 1 to {PAGE_ROWS_MAX}, not {limit}")


def check_window(window_minutes: int, *, most: int) -> None:
    """Raises ValueError."""
    if not 1 <= window_minutes <= most:
        raise ValueError(f"window_minutes must be from 1 to {most}, not {window_minutes}")
