"""The facts of a payment, one by one, as people may see them."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.http import documentation as docs
from api.http.answers import list_answer
from api.http.operations import Api, Operation
from api.http.requests import Query, authenticated
from api.http.routes import payment_docs
from api.http.schemas import ListOf, TimelineEntry
from api.http.tokens import payment_in_path, read_at, read_revision_cursor, revision_cursor
from api.http.waiting import has_reached, must_reach
from domain.log import BEFORE_FIRST
from domain.merchant.rules import READ
from domain.payment.view import payment_id
from domain.payment.when import when
from projections.queries import Page, TimelineRow


async def list_timeline(api: Api, request: Request) -> Response:
    """Waits for the projection where the payment's stream is ahead of it; `at_least` makes that
    a condition."""
    services = api.services
    principal = await authenticated(services, request, scope=READ)
    payment = payment_in_path(request.path_params["payment"])
    query = Query(request, ("at_least", "cursor", "limit"))
    at_least, cursor = query.text("at_least"), query.text("cursor")
    if at_least is not None:
        read_at(at_least, store=services.store_id)
    after = BEFORE_FIRST if cursor is None else read_revision_cursor(cursor)
    limit = query.limit()
    loaded = await services.looking.now(principal.sees, payment)

    async def page() -> Page[TimelineRow]:
        return await services.queries.timeline(principal.sees, payment, after=after, limit=limit)

    found = await page()
    newest = found.rows[-1].revision if found.rows else after
    if not found.has_more and newest < loaded.revision:
        if at_least is not None:
            await must_reach(services, "payment_timeline", loaded.position)
        else:
            await has_reached(services, "payment_timeline", loaded.position)
        found = await page()
    more = revision_cursor(found.rows[-1].revision) if found.has_more else None
    return list_answer(
        [_entry(row) for row in found.rows], version=principal.api_version, next_cursor=more
    )


def _entry(row: TimelineRow) -> dict[str, Any]:
    return {
        "object": "event",
        "payment": payment_id(row.payment),
        "revision": row.revision,
        "type": row.type,
        "at": when(row.at),
        "actor": row.actor,
        "summary": row.summary,
        "data": row.data,
    }


OPERATIONS: Final = (
    Operation(
        name="list_timeline",
        method="GET",
        path="/v1/payments/{payment}/timeline",
        handler=list_timeline,
        summary="What happened, fact by fact",
        tag="payments",
        docs=payment_docs.about_one(
            ListOf[TimelineEntry], "Oldest first.", docs.CURSOR, docs.LIMIT, headers={}
        ),
    ),
)
