"""Answers questions from the tables of the schema that is to be read."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, Final, LiteralString, TypeVar
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import AsyncRowFactory, class_row, dict_row

from adapters.read_models.health_rows import health_row
from adapters.read_models.postgres import statements
from adapters.read_models.postgres.pool import Pool, spoken
from adapters.read_models.postgres.schema import Find, Schema
from domain.log import BEFORE_FIRST, Revision
from projections.gateway_health.tables import KEPT_MINUTES
from projections.ports import ParkedStream
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

Shape = TypeVar("Shape")

# Where the columns of a shape are.
TABLE_OF: Final[dict[type[Any], str]] = {
    PaymentRow: "payment_status",
    TimelineRow: "payment_timeline",
}

TABLES: Final = (
    "payment_status", "payment_timeline", "gateway_health", "gateway_health_minute",
    "projection_checkpoint", "projection_parked",
)  # fmt: skip


class PostgresQueries:
    """A projections.queries.Queries."""

    def __init__(self, pool: Pool, *, schema: Find) -> None:
        self._pool, self._schema = pool, schema

    async def payment(self, merchant: str | None, payment: UUID) -> PaymentRow | None:
        found = await self._rows(PaymentRow, statements.PAYMENT, (merchant, merchant, payment))
        return found[0] if found else None

    async def payments(self, asked: PaymentList) -> Page[PaymentRow]:
        before = None if asked.after is None else await self._place(asked.merchant, asked.after)
        given = {
            "merchant": asked.merchant,
            "status": asked.status,
            "needs_review": asked.needs_review,
            "created_after": asked.created_after,
            "created_before": asked.created_before,
            "before": before,
            "limit": asked.limit + 1,
        }
        statement = statements.payments(
            {name for name, value in given.items() if value is not None}
        )
        return _page(await self._rows(PaymentRow, statement, given), asked.limit)

    async def timeline(
        self,
        merchant: str | None,
        payment: UUID,
        *,
        after: Revision = BEFORE_FIRST,
        limit: int = PAGE_ROWS_MAX,
    ) -> Page[TimelineRow]:
        check_limit(limit)
        given = (merchant, merchant, payment, after, limit + 1)
        return _page(await self._rows(TimelineRow, statements.TIMELINE, given), limit)

    async def payment_of_refund(self, merchant: str, refund: UUID) -> UUID | None:
        found = await self._dicts(statements.OF_REFUND, (str(refund),))
        return next((row["payment"] for row in found if row["merchant"] == merchant), None)

    async def payments_by_refund(self, refund: UUID) -> Sequence[UUID]:
        found = await self._dicts(statements.OF_REFUND, (str(refund),))
        return [row["payment"] for row in found]

    async def payments_by_reference(self, reference: str) -> Sequence[UUID]:
        found = await self._dicts(statements.BY_REFERENCE, (reference, PAGE_ROWS_MAX))
        return [row["payment"] for row in found]

    async def gateway_health(
        self, *, now: datetime, window_minutes: int = 30
    ) -> Sequence[GatewayHealthRow]:
        check_window(window_minutes, most=KEPT_MINUTES)
        since = now - timedelta(minutes=window_minutes)
        found = await self._dicts(statements.GATEWAY_HEALTH, (since,))
        return [health_row(row, window_minutes=window_minutes) for row in found]

    async def projections(self) -> Sequence[ProjectionRow]:
        parked: dict[str, list[ParkedStream]] = {}
        for row in await self._dicts(statements.PARKED, ()):
            parked.setdefault(row.pop("projection"), []).append(ParkedStream(**row))
        return [
            ProjectionRow(**row, parked=tuple(parked.get(row["projection"], ())))
            for row in await self._dicts(statements.CHECKPOINTS, ())
        ]

    async def _place(self, merchant: str | None, payment: UUID) -> int:
        found = await self._dicts(statements.PLACE, (merchant, merchant, payment))
        if not found:
            raise UnknownCursor(f"no payment {payment}")
        place: int = found[0]["created_position"]
        return place

    async def _rows(self, shape: type[Shape], statement: LiteralString, given: Any) -> list[Shape]:
        schema = await self._schema()
        columns = schema.select(TABLE_OF[shape], _columns(shape))
        async with self._cursor(class_row(shape)) as cursor:
            await cursor.execute(_filled(statement, schema, columns=columns), given)
            return await cursor.fetchall()

    async def _dicts(self, statement: LiteralString, given: Sequence[Any]) -> list[dict[str, Any]]:
        schema = await self._schema()
        async with self._cursor(dict_row) as cursor:
            await cursor.execute(_filled(statement, schema), given)
            return await cursor.fetchall()

    @asynccontextmanager
    async def _cursor(
        self, factory: AsyncRowFactory[Shape]
    ) -> AsyncIterator[psycopg.AsyncCursor[Shape]]:
        with spoken():
            async with self._pool.connection() as connection:
                async with connection.cursor(row_factory=factory) as cursor:
                    yield cursor


def _filled(statement: LiteralString, schema: Schema, **more: sql.Composable) -> sql.Composed:
    return sql.SQL(statement).format(**{name: schema.table(name) for name in TABLES}, **more)


def _columns(shape: type[Any]) -> list[str]:
    return [one.name for one in fields(shape)]


def _page(rows: list[Shape], limit: int) -> Page[Shape]:
    return Page(tuple(rows[:limit]), has_more=len(rows) > limit)
