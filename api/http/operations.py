"""An operation of the API: where it is, what answers it, how it is documented.

Routed by FastAPI and listed in its OpenAPI, but called without its validation: bytes in, bytes
out, with one place where every failure becomes a problem document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from fastapi.routing import APIRoute
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.dependencies import Services
from api.http.metrics import RequestMetrics
from api.http.middleware import OPERATION, REQUEST_ID
from api.http.problems import response_to
from api.http.running import Running

COMMANDS_MAX: Final = 1_000
LOOKS_MAX: Final = 200
GZIP_BYTES_MIN: Final = 1_024
GZIP_LEVEL: Final = 4  # of 9: a page of a hundred payments costs a millisecond
BODY: Final = "http.response.body"


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
    """Routed and documented as any other; answered without FastAPI's wrapping."""

    def __init__(self, api: Api, operation: Operation) -> None:
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
        self.app = _answering(api, operation)


class _Headers:
    """HEAD: as the GET of the same path, without a body. Documented by that one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_headers(message: Message) -> None:
            await send(message if message["type"] != BODY else {**message, "body": b""})

        await self._app(scope, receive, send_headers)


def routes(api: Api, operation: Operation) -> Iterator[Route]:
    """Of every GET there is a HEAD."""
    yield _Documented(api, operation)
    if operation.method == "GET":
        yield Route(operation.path, _Headers(_answering(api, operation)), methods=["HEAD"])


def _answering(api: Api, operation: Operation) -> ASGIApp:
    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        scope[OPERATION] = operation.name
        try:
            response = await operation.handler(api, Request(scope, receive))
        except Exception as failure:
            response = response_to(failure, scope[REQUEST_ID])
        await response(scope, receive, send)

    if not operation.name.startswith("list_"):
        return answering
    return GZipMiddleware(answering, minimum_size=GZIP_BYTES_MIN, compresslevel=GZIP_LEVEL)
