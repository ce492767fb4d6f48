"""Alive and ready, at the port of the API as well: a balancer asks where it sends its traffic.
Numbers are at the operations listener alone."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.health.answers import aliveness, readiness
from api.http import documentation as docs
from api.http.operations import Api, Operation
from api.http.schemas import Alive, Ready


async def is_alive(api: Api, request: Request) -> Response:
    return aliveness({})


async def is_ready(api: Api, request: Request) -> Response:
    return readiness(await api.services.checks.look())


_READY: Final = {
    "status": "ready",
    "checks": {"event_log": "ok", "read_models": "failed"},
    "degraded": ["read_models"],
}
_NOT_READY: Final = {
    "status": "not_ready",
    "checks": {"event_log": "failed", "read_models": "ok"},
    "degraded": [],
}
_UNREADY: Final = docs.either(
    docs.answer("Not now.", Ready, example=_NOT_READY), docs.problems((503,))["503"]
)
OPERATIONS: Final = (
    Operation(
        name="is_alive",
        method="GET",
        path="/healthz",
        handler=is_alive,
        summary="Is the process alive?",
        tag="operations",
        docs={
            "security": [],
            "responses": {"200": docs.answer("Yes.", Alive, example={"status": "ok"})}
            | docs.problems(docs.ANY_PROBLEMS),
        },
    ),
    Operation(
        name="is_ready",
        method="GET",
        path="/readyz",
        handler=is_ready,
        summary="Can it charge?",
        tag="operations",
        docs={
            "security": [],
            "responses": {
                "200": docs.answer(
                    "Yes; what it has to go on without is degraded.", Ready, example=_READY
                ),
                "503": _UNREADY,
            }
            | docs.problems((500,)),
        },
    ),
)
