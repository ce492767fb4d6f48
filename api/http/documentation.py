"""Pieces of OpenAPI operations, so that the routes read as a table and not as a document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel

from api.http.versions import HEADER
from domain.api_versions import PUBLISHED

Piece = dict[str, Any]

IDEMPOTENCY_KEY: Final[Piece] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Drawn afresh for each command, sent again on every repeat of it. Quoted or "
    "bare mean the same. A repeat gets the first answer, byte for byte; keys never expire.",
    "schema": {
        "type": "string",
        "pattern": r'^(?:[!#-~](?:[ -~]{0,253}[!-~])?|"(?:[ !#-\[\]-~]|\\["\\]){1,255}")$',
    },
    "example": "5a0cf1c2-order-1042",
}
VERSION: Final[Piece] = {
    "name": HEADER,
    "in": "header",
    "description": "In which version of the API to answer; without it, the one under which the API "
    "key was issued. A repeat of a command is answered in the version of its first request.",
    "schema": {"type": "string", "enum": list(PUBLISHED)},
}
VERSION_HEADER: Final[Piece] = {
    "description": "The version of the API that this answer is told in.",
    "schema": {"type": "string", "enum": list(PUBLISHED)},
}
AT_LEAST: Final[Piece] = {
    "name": "at_least",
    "in": "query",
    "description": "An Interlock-Position: the answer is at least as new.",
    "schema": {"type": "string", "maxLength": 512},
}
LIMIT: Final[Piece] = {
    "name": "limit",
    "in": "query",
    "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
}
CURSOR: Final[Piece] = {
    "name": "cursor",
    "in": "query",
    "description": "The next_cursor of the page before.",
    "schema": {"type": "string", "maxLength": 512},
}
REQUEST_ID_HEADER: Final[Piece] = {
    "description": "Names this exchange; the caller's own where it sent a sane one.",
    "schema": {"type": "string"},
}
RETRY_AFTER: Final[Piece] = {
    "description": "Seconds.",
    "schema": {"type": "integer", "minimum": 0},
}
ETAG: Final[Piece] = {
    "description": "Of these bytes: give it as If-None-Match.",
    "schema": {"type": "string"},
}
IF_NONE_MATCH: Final[Piece] = {
    "name": "If-None-Match",
    "in": "header",
    "description": "An ETag: 304 while nothing has changed.",
    "schema": {"type": "string", "maxLength": 512},
}
NOT_MODIFIED: Final[Piece] = {
    "description": "What the client has is what there is.",
    "headers": {"Request-Id": REQUEST_ID_HEADER, "ETag": ETAG},
}
COMMAND_HEADERS: Final[Piece] = {
    "Interlock-Position": {
        "description": "Give it as `at_least` to read what this command wrote.",
        "schema": {"type": "string"},
    },
    "Idempotent-Replayed": {
        "description": "`true` where this is the stored answer of an earlier request.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}
_PROBLEMS: Final[Mapping[int, str]] = {
    400: "Malformed: the body, a header or a parameter cannot be read.",
    401: "No valid API key.",
    402: "The gateway or the payer's bank said no.",
    403: "The API key is not meant for this.",
    404: "There is no such thing, or it is another merchant's.",
    405: "The path is right, the method is not.",
    408: "The body did not arrive in time.",
    409: "The payment refuses this command as it is now, or the command is still in progress.",
    413: "The body is too large.",
    415: "The body is of another kind than application/json.",
    422: "A field is not valid, or the key was used with another request.",
    429: "Too many; see Retry-After.",
    500: "Something went wrong here.",
    503: "Not now: repeat with the same key.",
}
READ_PROBLEMS: Final = (400, 401, 403, 404, 500, 503)
LIST_PROBLEMS: Final = (400, 401, 403, 500, 503)
ANY_PROBLEMS: Final = (500, 503)  # of what asks for no key and takes nothing
COMMAND_PROBLEMS: Final = (400, 401, 402, 403, 404, 408, 409, 413, 415, 422, 429, 500, 503)


def name_of(shape: type[BaseModel]) -> str:
    """The component's name: `ListOf[Payment]` becomes `PaymentList`."""
    name = shape.__name__
    if name.startswith("ListOf["):
        return name.removeprefix("ListOf[").removesuffix("]").rsplit(".", 1)[-1] + "List"
    return name


def ref(shape: type[BaseModel]) -> Piece:
    return {"$ref": f"#/components/schemas/{name_of(shape)}"}


def answer(
    description: str,
    shape: type[BaseModel],
    *,
    example: Any = None,
    headers: Mapping[str, Any] | None = None,
) -> Piece:
    content: Piece = {"schema": ref(shape)}
    if example is not None:
        content["example"] = example
    return {
        "description": description,
        "headers": {"Request-Id": REQUEST_ID_HEADER, **(headers or {})},
        "content": {"application/json": content},
    }


def either(answer: Piece, problem: Piece) -> Piece:
    """One status, two kinds of bodies."""
    return {
        **answer,
        "headers": answer["headers"] | problem["headers"],
        "content": answer["content"] | problem["content"],
    }


def problems(statuses: Sequence[int], examples: Mapping[int, Any] | None = None) -> Piece:
    """Answers by status, as OpenAPI keys them."""
    return {str(status): _problem(status, (examples or {}).get(status)) for status in statuses}


def _problem(status: int, example: Any) -> Piece:
    content: Piece = {"schema": {"$ref": "#/components/schemas/Problem"}}
    if example is not None:
        content["example"] = example
    headers: Piece = {"Request-Id": REQUEST_ID_HEADER}
    if status in (409, 429, 503):
        headers["Retry-After"] = RETRY_AFTER
    if status == 401:
        headers["WWW-Authenticate"] = {"schema": {"type": "string"}}
    return {
        "description": _PROBLEMS[status],
        "headers": headers,
        "content": {"application/problem+json": content},
    }


def body_of(model: type[BaseModel], *, required: bool, examples: Mapping[str, Any]) -> Piece:
    named = {name: {"value": value} for name, value in examples.items()}
    content = {"application/json": {"schema": ref(model), "examples": named}}
    return {"required": required, "content": content}


def in_path(name: str, pattern: str, example: str) -> Piece:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": pattern},
        "example": example,
    }


def in_query(
    name: str, schema: Mapping[str, Any], description: str, *, needed: bool = False
) -> Piece:
    found: Piece = {"name": name, "in": "query", "description": description, "schema": schema}
    return {**found, "required": True} if needed else found
