"""Notices of gateways: verified, kept, answered fast. What follows from one is somebody else's
business and happens after the answer."""

from __future__ import annotations

import logging
from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.http import documentation as docs
from api.http.answers import json_answer
from api.http.dependencies import Hint
from api.http.operations import Api, Operation
from api.http.requests import raw_body
from api.http.schemas import NoticeTaken
from application.notices.signature import SignedNotice
from application.payments.log import UnknownPayment

log = logging.getLogger(__name__)


async def receive_notice(api: Api, request: Request) -> Response:
    notice = SignedNotice(
        id=_only(request, "webhook-id"),
        timestamp=_only(request, "webhook-timestamp"),
        signatures=_only(request, "webhook-signature"),
        body=await raw_body(request),
    )
    received = await api.services.notices.receive(request.path_params["gateway"], notice)
    if received.payment is not None:
        api.hints.start(_hinted(api.services.hint, received.payment))
    return json_answer({"received": True})


def _only(request: Request, name: str) -> str:
    """The header's value; "" where it is missing or came more than once, which no signature
    fits."""
    values = request.headers.getlist(name)
    return values[0] if len(values) == 1 else ""


async def _hinted(hint: Hint, payment: UUID) -> None:
    try:
        await hint(payment)
    except UnknownPayment:
        log.info("a notice speaks of payment %s, which is not here", payment)
    except Exception:
        log.exception("looking at payment %s after a notice failed; recovery will", payment)


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
                "200": docs.answer("Kept, now or before.", NoticeTaken, example={"received": True})
            }
            | docs.problems((401, 404, 408, 413, 500, 503)),
        },
    ),
)
