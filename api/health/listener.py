"""The operations listener of a process: probes and numbers, at a port of their own.

Served by the loop that does the work: a process that is frozen or whose loop hangs answers nobody,
which is what a probe has to find out.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.health.answers import aliveness, numbers, readiness
from api.health.checks import Checks
from api.http.problems import Problem, problem_response
from api.processes.serving import Server

CONNECTIONS_MAX: Final = 64  # who watches asks one thing at a time
STOP_S_MAX: Final = 1


def nothing() -> Mapping[str, float]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Of one process. `standing_still`: duties that hang, with the seconds since they got on."""

    checks: Checks
    standing_still: Callable[[], Mapping[str, float]] = nothing
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)


def operations_app(health: Health) -> Starlette:
    async def is_alive(_: Request) -> Response:
        return aliveness(health.standing_still())

    async def is_ready(_: Request) -> Response:
        return readiness(await health.checks.look())

    async def metrics(_: Request) -> Response:
        return numbers(health.registry)

    return Starlette(
        routes=[
            Route("/healthz", is_alive),
            Route("/readyz", is_ready),
            Route("/metrics", metrics),
        ],
        exception_handlers={HTTPException: _not_routed},
    )


@asynccontextmanager
async def watched(health: Health, sockets: list[socket.socket]) -> AsyncIterator[None]:
    """Answers, and looks by itself, for the length of the block."""
    server = Server(
        uvicorn.Config(
            operations_app(health),
            log_config=None,
            access_log=False,
            loop="none",
            lifespan="off",
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=STOP_S_MAX,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=sockets), name="operations listener")
    looking = asyncio.create_task(health.checks.keep_looking(), name="checks")
    try:
        yield
    finally:
        server.should_exit = True
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        await serving


async def _not_routed(_: Request, failure: Exception) -> Response:
    status = failure.status_code if isinstance(failure, HTTPException) else 500
    said = {
        404: Problem(404, "not_found", "There is nothing here."),
        405: Problem(405, "method_not_allowed", "Not with this method.", headers={"Allow": "GET"}),
    }.get(status, Problem(500, "internal_error", "Something went wrong here."))
    return problem_response(said, "none")
