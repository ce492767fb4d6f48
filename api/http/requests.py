"""What a request says, taken strictly: headers, query and body. Everything here is bounded."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import rfc8785
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request

from api.http.dependencies import Services
from api.http.models import validated
from api.http.problems import Problem, bad_request
from api.http.screening import screen
from api.http.strict_json import MalformedJson, read_json
from api.http.versions import HEADER, version_asked
from application.merchants.authenticate import NotAuthenticated, Principal

BODY_BYTES_MAX: Final = 64 * 1024
BODY_TIMEOUT_S: Final = 10.0
QUERY_CHARACTERS_MAX: Final = 4_096
LIST_LIMIT: Final = 20
LIST_LIMIT_MAX: Final = 100

_BEARER: Final = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +([!-~]{1,200}) *")
_JSON_TYPE: Final = re.compile(r'application/json *(?:; *charset *= *"?utf-8"? *)?', re.IGNORECASE)
_LIMIT: Final = re.compile(r"[1-9][0-9]{0,2}")
_COUNT: Final = re.compile(r"0|[1-9][0-9]{0,8}")

Body = TypeVar("Body", bound=BaseModel)


async def authenticated(services: Services, request: Request, *, scope: str) -> Principal:
    """Who asks, with the version of the API that the request is answered in. Raises
    NotAuthenticated, ScopeMissing, StoreUnavailable, Problem."""
    values = request.headers.getlist("authorization")
    bearer = _BEARER.fullmatch(values[0]) if len(values) == 1 else None
    if bearer is None:
        raise NotAuthenticated("no bearer token")
    principal = await services.authentication.principal(bearer[1])
    principal.must_have(scope)
    asked = request.headers.getlist(HEADER)
    return replace(principal, api_version=version_asked(asked, of_key=principal.api_version))


async def raw_body(request: Request) -> bytes:
    """Raises Problem: 413 beyond BODY_BYTES_MAX, 400 or 408 for a body that does not arrive."""
    declared = request.headers.get("content-length", "0")
    if declared.isdecimal() and (len(declared) > 9 or int(declared) > BODY_BYTES_MAX):
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_BYTES_MAX:
                    raise _too_large()
    except ClientDisconnect:
        raise bad_request("body_incomplete", "The client left before its body was here.") from None
    except TimeoutError:
        raise Problem(
            408, "body_timeout", "The body did not arrive in time.", retryable=True
        ) from None
    return bytes(body)


async def json_body(request: Request, *, empty_allowed: bool) -> Any:
    """The body as a JSON value that passed the screening; {} for none. Raises Problem."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "encoding_unsupported", "Send the body without a content encoding.")
    types = request.headers.getlist("content-type")
    body = await raw_body(request)
    if not body and empty_allowed:
        return {}
    if len(types) != 1 or not _JSON_TYPE.fullmatch(types[0].strip()):
        raise Problem(415, "media_type_unsupported", "Send application/json.")
    try:
        value = read_json(body)
    except MalformedJson as wrong:
        raise bad_request("malformed_json", "The body cannot be read.", detail=str(wrong)) from None
    screen(value)
    return value


async def valid_body(
    request: Request, model: type[Body], path: str, *, empty_allowed: bool
) -> tuple[Body, str]:
    """The validated body, and the fingerprint: SHA-256, hex, of the RFC 8785 array of the path
    and the body. Raises Problem."""
    value = await json_body(request, empty_allowed=empty_allowed)
    body = validated(model, value)
    return body, sha256(rfc8785.dumps([path, value])).hexdigest()


class Query:
    """The query's parameters: each known, each at most once, all UTF-8."""

    def __init__(self, request: Request, allowed: Collection[str]) -> None:
        """Raises Problem."""
        raw: bytes = request.scope.get("query_string", b"")
        if len(raw) > QUERY_CHARACTERS_MAX:
            raise bad_parameter("the query is too long")
        try:
            pairs = parse_qsl(
                raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20
            )
        except ValueError:
            raise bad_parameter("the query cannot be read") from None
        self._values = dict(pairs)
        if len(self._values) != len(pairs):
            raise bad_parameter("a parameter came more than once")
        if not self._values.keys() <= set(allowed):
            raise bad_parameter(f"known parameters: {', '.join(sorted(allowed)) or 'none'}")

    def text(self, name: str) -> str | None:
        return self._values.get(name)

    def one_of(self, name: str, allowed: Collection[str]) -> str | None:
        """Raises Problem."""
        value = self._values.get(name)
        if value is not None and value not in allowed:
            raise bad_parameter(f"{name} is one of {', '.join(sorted(allowed))}")
        return value

    def flag(self, name: str) -> bool | None:
        """Raises Problem."""
        value = self.one_of(name, ("true", "false"))
        return None if value is None else value == "true"

    def limit(self) -> int:
        """Raises Problem."""
        value = self._values.get("limit")
        if value is None:
            return LIST_LIMIT
        if not _LIMIT.fullmatch(value) or int(value) > LIST_LIMIT_MAX:
            raise bad_parameter(f"limit is from 1 to {LIST_LIMIT_MAX}")
        return int(value)

    def count(self, name: str) -> int | None:
        """Raises Problem."""
        value = self._values.get(name)
        if value is None:
            return None
        if not _COUNT.fullmatch(value):
            raise bad_parameter(f"{name} is a whole number")
        return int(value)

    def moment(self, name: str) -> datetime | None:
        """Raises Problem."""
        value = self._values.get(name)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value.upper())  # RFC 3339 has t and z as well
            if moment.tzinfo is None or not 1970 <= moment.year < 9999:
                raise ValueError(name)
            return moment.astimezone(UTC)
        except ValueError:
            detail = f"{name} is a time like 2026-11-01T12:00:00Z, with its offset"
            raise bad_parameter(detail) from None


def bad_parameter(detail: str) -> Problem:
    return bad_request("parameter_malformed", "The query cannot be used.", detail=detail)


def _too_large() -> Problem:
    return Problem(413, "too_large", f"A body holds at most {BODY_BYTES_MAX} bytes.")
