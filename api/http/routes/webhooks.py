"""Notices of gateways: verified, kept, and looked into before they are answered 200.

A gateway that gets a 200 never tells again, and a try that is settled is on nobody's list: until
what it knows is on record, the gateway is asked to come again.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.http import documentation as docs
from api.http.answers import json_answer
from api.http.operations import Api, Operation
from api.http.problems import Problem
from api.http.requests import raw_body
from api.http.schemas import NoticeTaken
from application.notices.receive import Received
from application.notices.signature import SignedNotice

LOOK_S_MAX: Final = 4.0  # gateways wait for an answer for some five seconds; the look goes on


async def receive_notice(api: Api, request: Request) -> Response:
    notice = SignedNotice(
        id=_only(request, "webhook-id"),
        timestamp=_only(request, "webhook-timestamp"),
        signatures=_only(request, "webhook-signature"),
        body=await raw_body(request),
    )
    received = await api.services.notices.receive(request.path_params["gateway"], notice)
    await _look(api, received)
    return json_answer({"received": True})


async def _look(api: Api, received: Received) -> None:
    """Raises Problem 503, and what the store raises, while it is not known what the gateway
    knows."""
    heard = False
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_S_MAX):
            heard = await api.looks.finish(api.services.hint(received))
    if not heard:
        raise Problem(
            503,
            "not_looked_up",
            "The notice is kept, but a look-up does not tell of it yet: send it again.",
            retryable=True,
            headers={"Retry-After": "5"},
        )


def _only(request: Request, name: str) -> str:
    """The header's value; "" where it is missing or came more than once, which no signature
    fits."""
    values = request.headers.getlist(name)
    return values[0] if len(values) == 1 else ""


def _header(name: str, description: str) -> dict[str, Any]:
    text = {"type": "string", "maxLength": 4096}
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": text,
    }


OPERATIONS: Final = (
    Operation(
        name="receive_notice",
        method="POST",
        path="/v1/webhooks/{gateway}",
        handler=receive_notice,
        summary="For gateways: tell what happened",
        tag="notices",
        docs={
            "security": [],
            "parameters": [
                docs.in_path("gateway", "^[a-z][a-z0-9_]{0,31}$", "stripe"),
                _header("webhook-id", "The same on every delivery of one notice."),
                _header("webhook-timestamp", "Seconds since 1970."),
                _header("webhook-signature", "Standard Webhooks: v1,<base64>."),
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "responses": {
                "200": docs.answer(
                    "Kept, and looked into.", NoticeTaken, example={"received": True}
                )
            }
            | docs.problems((401, 404, 408, 413, 500, 503)),
        },
    ),
)
