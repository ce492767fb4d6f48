"""Around every request: its id, its bound, its numbers. Plain ASGI, so that it costs next to
nothing; bodies pass through untouched."""

from __future__ import annotations

import re
from time import perf_counter
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.metrics import RequestMetrics
from api.http.problems import Problem, problem_response
from api.http.screening import holds_card_number

IN_FLIGHT_MAX: Final = 2_000
UNROUTED: Final = "none"  # the operation of what reached none
REQUEST_ID: Final = "interlock.request_id"  # in the scope
OPERATION: Final = "interlock.operation"

_SANE: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")


class Requests:
    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app, self._metrics = app, metrics
        self._in_flight = 0
        metrics.in_flight.set_function(lambda: self._in_flight)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = scope[REQUEST_ID] = _request_id(scope)
        app = self._app if self._in_flight < IN_FLIGHT_MAX else _too_busy(request_id)
        self._in_flight += 1
        try:
            await app(scope, receive, self._signed(scope, send, request_id))
        finally:
            self._in_flight -= 1

    def _signed(self, scope: Scope, send: Send, request_id: str) -> Send:
        began = perf_counter()
        header = (b"request-id", request_id.encode())

        async def send_signed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
                operation = scope.get(OPERATION, UNROUTED)
                self._metrics.answered(operation, message["status"], perf_counter() - began)
            await send(message)

        return send_signed


def _request_id(scope: Scope) -> str:
    """The caller's own where it is sane, else a new one."""
    for name, value in scope["headers"]:
        if name == b"request-id":
            given = value.decode("latin-1")
            if _SANE.fullmatch(given) and not holds_card_number(given):
                return str(given)
            break
    return f"req_{uuid4().hex}"


def _too_busy(request_id: str) -> ASGIApp:
    said = Problem(
        503,
        "busy",
        "Too many requests are being answered.",
        retryable=True,
        headers={"Retry-After": "1"},
    )
    return problem_response(said, request_id)
