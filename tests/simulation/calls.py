"""What clients ask and get: the shapes between clients.py and processes.py, and the tenant's edge.

The HTTP layer is left out: what a route reads from a request stands in `Call`, and failures become
statuses by the API's own table.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from api.http.problems import TABLE, UNEXPECTED, Kind
from application.contents import Application
from application.payments.answers import to_bytes
from application.payments.commands import (
    CancelPayment,
    CapturePayment,
    CreatePayment,
    Envelope,
    RefundPayment,
)
from application.payments.problem import problem
from application.payments.renderings.members import told_in
from domain.api_versions import V2026_11_01
from domain.money import Money
from domain.payment.method import PaymentMethod
from domain.payment.view import payment_id, payment_view

PAYMENTS: Final = "/v1/payments"
PATHS: Final = {"capture": "capture", "cancel": "cancel", "refund": "refunds"}
METHOD: Final = PaymentMethod(type="card", token="tok_visa", bank="HDFC", last4="4242")


@dataclass(frozen=True, kw_only=True, eq=False)  # no slots: the envelope is kept
class Call:
    """`payment` None for a create, `key` and `body` None for a get."""

    merchant: str
    verb: str
    payment: UUID | None = None
    key: str | None = None
    body: Mapping[str, Any] | None = None
    version: str = V2026_11_01  # of the API, that it is asked in

    @property
    def path(self) -> str:
        if self.payment is None:
            return PAYMENTS
        one = f"{PAYMENTS}/{payment_id(self.payment)}"
        return f"{one}/{PATHS[self.verb]}" if self.verb in PATHS else one

    @cached_property
    def envelope(self) -> Envelope:
        canonical = json.dumps([self.path, self.body], sort_keys=True, separators=(",", ":"))
        return Envelope(
            merchant=self.merchant,
            path=self.path,
            key=self.key or "",
            fingerprint=sha256(canonical.encode()).hexdigest(),
            api_version=self.version,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the client got. `position`: where the log was."""

    status: int
    body: str
    replayed: bool = False
    position: int | None = None
    alarm: str | None = None  # a failure that nobody expected

    def field(self, name: str) -> Any:
        return json.loads(self.body).get(name)


async def serve(core: Application, call: Call) -> Said:
    """As the API's routes do it. Never raises an Exception."""
    try:
        if call.verb == "get":
            return await _get(core, call)
        answer = await _command(core, call)
    except Exception as failure:
        return _refusal(failure)
    return Said(
        status=answer.status,
        body=answer.body.decode(),
        replayed=answer.replayed,
        position=answer.position,
    )


async def _get(core: Application, call: Call) -> Said:
    loaded = await core.looking.now(call.merchant, _of(call))
    body = to_bytes(told_in(call.version, payment_view(loaded.payment))).decode()
    return Said(status=200, body=body, position=loaded.position)


def _command(core: Application, call: Call) -> Any:
    envelope, body = call.envelope, call.body or {}
    match call.verb:
        case "create":
            return core.creates.handle(
                CreatePayment(
                    envelope=envelope,
                    amount=Money(body["amount"], body["currency"]),
                    capture_method=body["capture_method"],
                    method=METHOD,
                    metadata={},
                )
            )
        case "capture":
            return core.changes.capture(
                CapturePayment(envelope=envelope, payment=_of(call), amount=body.get("amount"))
            )
        case "cancel":
            return core.changes.cancel(CancelPayment(envelope=envelope, payment=_of(call)))
        case _:
            return core.changes.refund(
                RefundPayment(
                    envelope=envelope, payment=_of(call), amount=body.get("amount"), reason=None
                )
            )


def _of(call: Call) -> UUID:
    if call.payment is None:
        raise ValueError("a call about no payment")
    return call.payment


def _refusal(failure: Exception) -> Said:
    kind: Kind | None = next((TABLE[one] for one in type(failure).__mro__ if one in TABLE), None)
    known = kind or UNEXPECTED
    body = problem(known.status, known.code, known.title, retryable=known.retryable)
    alarm = None if kind else f"{type(failure).__name__}: {failure}"
    return Said(status=known.status, body=to_bytes(body).decode(), alarm=alarm)
