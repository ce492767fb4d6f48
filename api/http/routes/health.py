"""For machines that watch: alive, ready, numbers. Tells names of checks, never why one fails."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from api.http import documentation as docs
from api.http.answers import json_answer
from api.http.dependencies import EVENT_LOG, READ_MODELS, HealthCheck
from api.http.operations import Api, Operation
from api.http.schemas import Alive, Ready

CHECK_TIMEOUT_S: Final = 2.0
log = logging.getLogger(__name__)


async def is_alive(api: Api, request: Request) -> Response:
    return json_answer({"status": "ok"})


async def is_ready(api: Api, request: Request) -> Response:
    checks = api.services.ready_checks
    passed = await asyncio.gather(*(_passes(name, check) for name, check in checks.items()))
    status = 200 if all(passed) else 503
    body = {
        "status": "ready" if all(passed) else "not_ready",
        "checks": {name: "ok" if ok else "failed" for name, ok in zip(checks, passed, strict=True)},
    }
    return json_answer(body, status=status)


async def metrics(api: Api, request: Request) -> Response:
    return Response(generate_latest(api.services.metrics), media_type=CONTENT_TYPE_LATEST)


async def _passes(name: str, check: HealthCheck) -> bool:
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except Exception as failure:
        log.warning("check %s failed: %r", name, failure)
        return False
    return True


_READY: Final = {"status": "ready", "checks": {EVENT_LOG: "ok", READ_MODELS: "ok"}}
_NOT_READY: Final = {"status": "not_ready", "checks": {EVENT_LOG: "failed", READ_MODELS: "ok"}}
_UNREADY: Final = docs.either(
    docs.answer("Not now.", Ready, example=_NOT_READY), docs.problems((503,))["503"]
)
_TEXT: Final = {
    "description": "In the Prometheus text format.",
    "content": {"text/plain": {"schema": {"type": "string"}}},
}
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
        summary="Can it serve?",
        tag="operations",
        docs={
            "security": [],
            "responses": {"200": docs.answer("Yes.", Ready, example=_READY), "503": _UNREADY}
            | docs.problems((500,)),
        },
    ),
    Operation(
        name="metrics",
        method="GET",
        path="/metrics",
        handler=metrics,
        summary="Numbers for Prometheus",
        tag="operations",
        docs={"security": [], "responses": {"200": _TEXT} | docs.problems(docs.ANY_PROBLEMS)},
    ),
)
