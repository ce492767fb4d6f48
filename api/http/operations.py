"""An operation of the API: where it is, what answers it, how it is documented.

Routed by FastAPI and listed in its OpenAPI, but called without its validation: bytes in, bytes
out, with one place where every failure becomes a problem document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.http.dependencies import Services
from api.http.metrics import RequestMetrics
from api.http.middleware import OPERATION, REQUEST_ID
from api.http.problems import response_to
from api.http.running import Running

COMMANDS_MAX: Final = 1_000
LOOKS_MAX: Final = 200


class Api:
    """What every handler gets."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.metrics = RequestMetrics(services.metrics)
        self.commands = Running(
            COMMANDS_MAX, "Too many commands are under way; nothing was recorded."
        )
        self.looks = Running(
            LOOKS_MAX, "Too many notices are being looked into: this one is kept, send it again."
        )

    async def drain(self) -> None:
        """Lets what outlived its request come to its end, bounded."""
        await asyncio.gather(self.commands.drain(), self.looks.drain())


Handler: TypeAlias = Callable[[Api, Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """`docs`: an OpenAPI Operation Object, without what stands here already; openapi.py puts it in
    place."""

    name: str
    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    docs: Mapping[str, Any]


class _Documented(APIRoute):
    """Routed and documented as any other; answered by `answering`, without FastAPI's wrapping."""

    def __init__(self, api: Api, operation: Operation) -> None:
        async def answering(scope: Scope, receive: Receive, send: Send) -> None:
            scope[OPERATION] = operation.name
            try:
                response = await operation.handler(api, Request(scope, receive))
            except Exception as failure:
                response = response_to(failure, scope[REQUEST_ID])
            await response(scope, receive, send)

        async def documented() -> None: ...

        super().__init__(
            operation.path,
            documented,
            methods=[operation.method],
            operation_id=operation.name,
            summary=operation.summary,
            tags=[operation.tag],
            response_class=Response,
        )
        self.app = answering


def route(api: Api, operation: Operation) -> APIRoute:
    return _Documented(api, operation)
