"""The enabled gateways, what they offer and how they fare. Accounts and endpoints stay inside."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.http import documentation as docs
from api.http.answers import list_answer
from api.http.operations import Api, Operation
from api.http.requests import Query, authenticated
from api.http.schemas import Gateway, ListOf
from domain.gateway.capabilities import Capabilities
from domain.merchant.rules import READ
from domain.payment.when import when
from projections.queries import GatewayHealthRow


async def list_gateways(api: Api, request: Request) -> Response:
    services = api.services
    principal = await authenticated(services, request, scope=READ)
    Query(request, ())
    health = await services.queries.gateway_health(now=services.clock.now())
    rows: dict[str, list[GatewayHealthRow]] = {}
    for row in health:
        rows.setdefault(row.gateway, []).append(row)
    return list_answer(
        [
            _gateway(name, services.gateways.get(name).capabilities, rows.get(name, []))
            for name in services.gateways.names()
        ],
        version=principal.api_version,
    )


def _gateway(name: str, offered: Capabilities, health: list[GatewayHealthRow]) -> dict[str, Any]:
    currencies = offered.currencies
    return {
        "object": "gateway",
        "name": name,
        "methods": sorted(offered.methods),
        "currencies": None if currencies is None else sorted(currencies),
        "manual_capture": offered.manual_capture,
        "several_captures": offered.several_captures,
        "refunds": offered.refunds,
        "health": [_health(row) for row in health],
    }


def _health(row: GatewayHealthRow) -> dict[str, Any]:
    return {
        "method": row.method,
        "total": asdict(row.total),
        "recent": asdict(row.recent),
        "window_minutes": row.window_minutes,
        "success_rate": row.success_rate,
        "last_outcome_at": when(row.last_outcome_at),
    }


OPERATIONS: Final = (
    Operation(
        name="list_gateways",
        method="GET",
        path="/v1/gateways",
        handler=list_gateways,
        summary="Gateways and their health",
        tag="operations",
        docs={
            "responses": {"200": docs.answer("All that are enabled.", ListOf[Gateway])}
            | docs.problems(docs.LIST_PROBLEMS)
        },
    ),
)
