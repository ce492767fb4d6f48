"""Failures as problem documents (RFC 9457). TABLE is the only place where exceptions meet statuses.

Details are written here: what an exception says is for the log, not for the client.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from application.merchants.authenticate import NotAuthenticated, ScopeMissing
from application.notices.receive import UnknownSender
from application.notices.signature import BadSignature
from application.payments.answers import PROBLEM, to_bytes
from application.payments.change import TooManyRefusals
from application.payments.idempotency import InProgress, KeyReused, TooManyWaiters
from application.payments.log import ConflictPersists, UnknownPayment
from application.payments.looking import NotYet
from application.payments.problem import problem
from application.payments.resolve import GatewayNotHeard, TooManyResolves
from application.ports.event_store import (
    PASSING,
    AccessRefused,
    AppendNotSent,
    AppendRefused,
    AppendTooLarge,
    FateUnknown,
    StoreBusy,
    StoreUnavailable,
    StreamNotWhole,
)
from application.ports.gateways import UnknownGateway
from domain.event_types import UnknownEvent
from domain.installation.formats import FormatTooLow
from domain.payment.bookkeeping import ImpossibleHistory
from projections.failures import Interrupted

log = logging.getLogger(__name__)

Pointed = Mapping[str, str]  # {pointer, detail}


class Problem(Exception):
    """A refusal that the API itself decides on."""

    def __init__(
        self,
        status: int,
        code: str,
        title: str,
        *,
        detail: str | None = None,
        retryable: bool = False,
        errors: Sequence[Pointed] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.title, self.detail = status, code, title, detail
        self.retryable, self.errors, self.headers = retryable, errors, dict(headers or {})


@dataclass(frozen=True, slots=True)
class Kind:
    status: int
    code: str
    title: str
    retry_after_s: int | None = None  # a repeat may help, but not sooner
    retryable: bool = True
    headers: tuple[tuple[str, str], ...] = ()


def _final(status: int, code: str, title: str, *headers: tuple[str, str]) -> Kind:
    return Kind(status, code, title, retryable=False, headers=headers)


_NOT_NOW: Final = "The request cannot be served now; nothing was recorded."
_NO_PAYMENT: Final = "There is no such payment."
_DAMAGED: Final = Kind(
    503,
    "history_damaged",
    "The record of this payment is damaged: nothing is done until somebody has looked.",
    3600,
    retryable=False,
)

TABLE: Final[Mapping[type[Exception], Kind]] = {
    NotAuthenticated: _final(
        401, "not_authenticated", "A valid API key is needed.", ("WWW-Authenticate", "Bearer")
    ),
    BadSignature: _final(401, "bad_signature", "The notice is not signed by the gateway."),
    ScopeMissing: _final(403, "scope_missing", "This API key is not meant for this."),
    UnknownPayment: _final(404, "payment_not_found", _NO_PAYMENT),
    NotYet: _final(404, "payment_not_found", "The payment was not there yet."),
    UnknownSender: _final(404, "gateway_not_found", "There is no such gateway."),
    InProgress: Kind(409, "in_progress", "The same command is still being carried out.", 1),
    ConflictPersists: Kind(409, "conflict", "Others change this payment at the same time.", 1),
    AppendTooLarge: _final(413, "too_large", "The payment's facts are too large to be kept."),
    KeyReused: _final(
        422, "idempotency_key_reused", "This Idempotency-Key was used with another request."
    ),
    TooManyWaiters: Kind(429, "too_many_waiting", "Too many requests wait for their twins.", 1),
    TooManyRefusals: Kind(
        429, "too_many_refusals", "This payment refused too many commands.", 3600, retryable=False
    ),
    TooManyResolves: Kind(
        429, "too_many_resolves", "Operators said too much of this payment.", 3600, retryable=False
    ),
    GatewayNotHeard: Kind(
        503,
        "gateway_not_heard",
        "The gateway does not answer now, and nothing is decided without it.",
        30,
    ),
    StoreBusy: Kind(503, "busy", _NOT_NOW, 1),
    AppendNotSent: Kind(503, "not_recorded", _NOT_NOW, 1),
    FateUnknown: Kind(
        503,
        "outcome_of_append_unknown",
        "It is not known whether the command was recorded: repeat with the same key.",
        1,
    ),
    StoreUnavailable: Kind(503, "store_unavailable", "The event log does not answer.", 1),
    AppendRefused: Kind(503, "store_refuses", "The event log refuses to record this.", 60),
    AccessRefused: Kind(503, "store_refuses", f"The event log does not let us in. {_NOT_NOW}", 30),
    FormatTooLow: Kind(
        503, "format_too_low", "This needs the installation's format to be raised first.", 5
    ),
    UnknownEvent: Kind(
        503, "newer_version_needed", "The record is of a newer version than this process.", 5
    ),
    StreamNotWhole: _DAMAGED,
    ImpossibleHistory: _DAMAGED,
    Interrupted: Kind(503, "read_models_unavailable", "The read models do not answer.", 1),
    UnknownGateway: Kind(
        503, "gateway_not_configured", "The gateway of this charge is not configured now.", 60
    ),
}
UNEXPECTED: Final = _final(500, "internal_error", "Something went wrong here.")


def response_to(failure: Exception, request_id: str) -> Response:
    """What the client gets. Logs what nobody expected."""
    if isinstance(failure, Problem):
        return problem_response(failure, request_id)
    kind = next((TABLE[one] for one in type(failure).__mro__ if one in TABLE), None)
    if kind is None:
        log.error("request %s failed unexpectedly", request_id, exc_info=failure)
        kind = UNEXPECTED
    elif kind.status >= 500:
        # Of an outage it is told once, where it is found; not once per request.
        level = logging.DEBUG if isinstance(failure, (*PASSING, Interrupted)) else logging.WARNING
        log.log(level, "request %s: %s: %s", request_id, type(failure).__name__, failure)
    headers = dict(kind.headers)
    if kind.retry_after_s is not None:
        headers["Retry-After"] = str(kind.retry_after_s)
    said = Problem(kind.status, kind.code, kind.title, retryable=kind.retryable, headers=headers)
    return problem_response(said, request_id)


def problem_response(said: Problem, request_id: str) -> Response:
    more: dict[str, Any] = {} if said.detail is None else {"detail": said.detail}
    more |= {"request_id": request_id, "retryable": said.retryable}
    if said.errors:
        more["errors"] = [dict(one) for one in said.errors]
    body = problem(said.status, said.code, said.title, **more)
    return Response(
        to_bytes(body), status_code=said.status, media_type=PROBLEM, headers=said.headers
    )


def bad_request(code: str, title: str, *, detail: str | None = None) -> Problem:
    return Problem(400, code, title, detail=detail)
