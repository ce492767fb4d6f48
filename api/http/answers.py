"""Answers of queries: one JSON rendering, one shape of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.http.dependencies import Services
from api.http.tokens import At
from api.http.versions import HEADER
from application.payments.answers import JSON, to_bytes
from application.payments.log import Loaded
from application.payments.renderings.members import told_in

TAG_DIGITS: Final = 32


def json_answer(
    body: dict[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    return Response(to_bytes(body), status, media_type=JSON, headers=dict(headers or {}))


def object_answer(
    body: dict[str, Any], *, version: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Today's truth in the members of this version of the API."""
    return json_answer(told_in(version, body), headers={HEADER: version, **(headers or {})})


def tagged(response: Response, request: Request) -> Response:
    """With an ETag of its bytes; 304 without a body where the client has these."""
    tag = f'"{sha256(response.body).hexdigest()[:TAG_DIGITS]}"'
    response.headers["ETag"] = tag
    response.headers["Cache-Control"] = "private, no-cache"
    held = [one.strip() for one in ",".join(request.headers.getlist("if-none-match")).split(",")]
    if tag not in held and f"W/{tag}" not in held and held != ["*"]:
        return response
    unsent = ("content-length", "content-type")
    kept = {name: one for name, one in response.headers.items() if name not in unsent}
    return Response(status_code=304, headers=kept)


def list_answer(
    items: Sequence[dict[str, Any]],
    *,
    version: str,
    next_cursor: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """As `object_answer`. `next_cursor` None: this was the last page."""
    data = [told_in(version, one) for one in items]
    body = {"data": data, "has_more": next_cursor is not None, "next_cursor": next_cursor}
    return json_answer(body, headers={HEADER: version, **(headers or {})})


def position_of(services: Services, loaded: Loaded) -> dict[str, str]:
    """The header that names what was read."""
    at = At(
        store=services.store_id,
        position=loaded.position,
        payment=loaded.id,
        revision=loaded.revision,
    )
    return {"Interlock-Position": at.encode()}
