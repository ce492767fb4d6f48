"""How far the read models are. Names no stream: these may be other merchants'."""

from __future__ import annotations

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.http import documentation as docs
from api.http.answers import list_answer
from api.http.operations import Api, Operation
from api.http.requests import Query, authenticated
from api.http.schemas import ListOf, Projection
from domain.merchant.rules import READ
from domain.payment.when import when
from projections.lag import ProjectionReport, survey


async def list_projections(api: Api, request: Request) -> Response:
    services = api.services
    principal = await authenticated(services, request, scope=READ)
    Query(request, ())
    reports = await survey(services.log, services.queries, now=services.clock.now())
    return list_answer([_projection(one) for one in reports], version=principal.api_version)


def _projection(report: ProjectionReport) -> dict[str, Any]:
    row, lag = report.row, report.lag
    return {
        "object": "projection",
        "name": row.projection,
        "position": row.position,
        "head": report.head,
        "lag": {"events": lag.events, "more": lag.more, "seconds": lag.seconds},
        "parked": len(row.parked),
        "recorded_at": None if row.recorded_at is None else when(row.recorded_at),
    }


OPERATIONS: Final = (
    Operation(
        name="list_projections",
        method="GET",
        path="/v1/projections",
        handler=list_projections,
        summary="Projections and their lag",
        tag="operations",
        docs={
            "responses": {"200": docs.answer("All that ever ran.", ListOf[Projection])}
            | docs.problems(docs.LIST_PROBLEMS)
        },
    ),
)
