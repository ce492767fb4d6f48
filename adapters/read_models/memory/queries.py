"""Answers questions from the rows of a memory store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from adapters.read_models.health_rows import health_row
from adapters.read_models.memory.store import MemoryReadModels
from domain.log import BEFORE_FIRST, Revision
from projections.gateway_health.tables import (
    GATEWAY_HEALTH,
    GATEWAY_MINUTES,
    KEPT_MINUTES,
    OUTCOMES,
)
from projections.payment_status import PAYMENT_STATUS
from projections.payment_timeline import PAYMENT_TIMELINE
from projections.queries import (
    PAGE_ROWS_MAX,
    GatewayHealthRow,
    Page,
    PaymentList,
    PaymentRow,
    ProjectionRow,
    TimelineRow,
    UnknownCursor,
    check_limit,
    check_window,
)

Item = TypeVar("Item")


class MemoryQueries:
    """A projections.queries.Queries."""

    def __init__(self, store: MemoryReadModels) -> None:
        self._store = store

    async def payment(self, merchant: str | None, payment: UUID) -> PaymentRow | None:
        row = self._store.row(PAYMENT_STATUS, (payment,))
        return (
            PaymentRow(**row) if row is not None and merchant in (None, row["merchant"]) else None
        )

    async def payments(self, asked: PaymentList) -> Page[PaymentRow]:
        matches = _conditions(asked)
        if asked.after is not None:
            last = await self.payment(asked.merchant, asked.after)
            if last is None:
                raise UnknownCursor(f"no payment {asked.after}")
            place = last.created_position
            matches.append(lambda one: one.created_position < place)
        rows = (PaymentRow(**row) for row in self._store.rows(PAYMENT_STATUS))
        found = [one for one in rows if all(match(one) for match in matches)]
        return _page(sorted(found, key=lambda one: -one.created_position), asked.limit)

    async def timeline(
        self,
        merchant: str | None,
        payment: UUID,
        *,
        after: Revision = BEFORE_FIRST,
        limit: int = PAGE_ROWS_MAX,
    ) -> Page[TimelineRow]:
        check_limit(limit)
        rows = (TimelineRow(**row) for row in self._store.rows(PAYMENT_TIMELINE))
        found = [
            one
            for one in rows
            if merchant in (None, one.merchant) and one.payment == payment and one.revision > after
        ]
        return _page(sorted(found, key=lambda one: one.revision), limit)

    async def payment_of_refund(self, merchant: str, refund: UUID) -> UUID | None:
        found = (one for one in self._refunds(refund) if one.merchant == merchant)
        return next((one.payment for one in found), None)

    async def payments_by_refund(self, refund: UUID) -> Sequence[UUID]:
        return sorted({one.payment for one in self._refunds(refund)})

    def _refunds(self, refund: UUID) -> Iterable[TimelineRow]:
        told = self._told("operation", str(refund))
        return (one for one in told if one.type == "RefundStarted")

    async def payments_by_reference(self, reference: str) -> Sequence[UUID]:
        found = {one.payment for one in self._told("reference", reference)}
        return sorted(found)[:PAGE_ROWS_MAX]

    def _told(self, member: str, value: str) -> Iterable[TimelineRow]:
        rows = (TimelineRow(**row) for row in self._store.rows(PAYMENT_TIMELINE))
        return (one for one in rows if one.data.get(member) == value)

    async def gateway_health(
        self, *, now: datetime, window_minutes: int = 30
    ) -> Sequence[GatewayHealthRow]:
        check_window(window_minutes, most=KEPT_MINUTES)
        since = now - timedelta(minutes=window_minutes)
        minutes = [one for one in self._store.rows(GATEWAY_MINUTES) if one["minute"] > since]
        rows = [
            health_row({**row, **_recent(row, minutes)}, window_minutes=window_minutes)
            for row in self._store.rows(GATEWAY_HEALTH)
        ]
        return sorted(rows, key=lambda one: (one.gateway, one.method))

    async def projections(self) -> Sequence[ProjectionRow]:
        return [
            replace(one, parked=tuple(await self._store.parked(one.projection)))
            for one in self._store.checkpoints()
        ]


def _conditions(asked: PaymentList) -> list[Callable[[PaymentRow], bool]]:
    after, before = asked.created_after, asked.created_before
    return [
        lambda one: asked.merchant in (None, one.merchant),
        lambda one: asked.status is None or one.status == asked.status,
        lambda one: asked.needs_review in (None, one.view["needs_review"]),
        lambda one: after is None or one.created_at > after,
        lambda one: before is None or one.created_at < before,
    ]


def _recent(row: Mapping[str, Any], minutes: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    own = [
        one
        for one in minutes
        if one["gateway"] == row["gateway"] and one["method"] == row["method"]
    ]
    return {f"recent_{name}": sum(one[name] for one in own) for name in OUTCOMES}


def _page(rows: list[Item], limit: int) -> Page[Item]:
    return Page(tuple(rows[:limit]), has_more=len(rows) > limit)
