"""The commands that move money: create, capture, cancel, refund. The answer's bytes are the
application's; nothing is added to them here but headers."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.http.keys import idempotency_key
from api.http.models import CancelBody, CaptureBody, CreatePaymentBody, RefundBody
from api.http.operations import Api, Operation
from api.http.requests import Query, authenticated, valid_body
from api.http.routes import command_docs
from api.http.tokens import At, payment_in_path
from api.http.versions import HEADER
from application.merchants.authenticate import Principal
from application.payments.answers import Answer
from application.payments.commands import (
    CancelPayment,
    CapturePayment,
    CreatePayment,
    Envelope,
    RefundPayment,
)
from application.payments.log import UnknownPayment
from domain.merchant.rules import WRITE
from domain.money import asked
from domain.payment.view import payment_id

PAYMENTS: Final = "/v1/payments"
REFUNDS: Final = "/v1/refunds"
LOOK_AGAIN_S: Final = "2"  # after a 202

Body = TypeVar("Body", bound=BaseModel)
Carry = Callable[[Envelope, UUID, Body], Coroutine[Any, Any, Answer]]


async def create_payment(api: Api, request: Request) -> Response:
    principal = await authenticated(api.services, request, scope=WRITE)
    envelope, body = await command_asked(
        principal, request, CreatePaymentBody, PAYMENTS, empty_allowed=False
    )
    command = CreatePayment(
        envelope=envelope,
        amount=asked(body.amount, body.currency),
        capture_method=body.capture_method,
        method=body.payment_method.method(),
        customer=body.customer,
        description=body.description,
        metadata=body.metadata,
        merchant_initiated=body.merchant_initiated,
    )
    answer = await api.commands.finish(api.services.creates.handle(command))
    return command_response(api, answer, location=f"{PAYMENTS}/{payment_id(answer.payment)}")


async def capture_payment(api: Api, request: Request) -> Response:
    def carry(envelope: Envelope, payment: UUID, body: CaptureBody) -> Coroutine[Any, Any, Answer]:
        command = CapturePayment(envelope=envelope, payment=payment, amount=body.amount)
        return api.services.changes.capture(command)

    return await _change(api, request, CaptureBody, "capture", carry)


async def cancel_payment(api: Api, request: Request) -> Response:
    def carry(envelope: Envelope, payment: UUID, body: CancelBody) -> Coroutine[Any, Any, Answer]:
        return api.services.changes.cancel(CancelPayment(envelope=envelope, payment=payment))

    return await _change(api, request, CancelBody, "cancel", carry)


async def refund_payment(api: Api, request: Request) -> Response:
    def carry(envelope: Envelope, payment: UUID, body: RefundBody) -> Coroutine[Any, Any, Answer]:
        command = RefundPayment(
            envelope=envelope, payment=payment, amount=body.amount, reason=body.reason
        )
        return api.services.changes.refund(command)

    return await _change(api, request, RefundBody, "refunds", carry)


async def _change(
    api: Api, request: Request, model: type[Body], name: str, carry: Carry[Body]
) -> Response:
    principal = await authenticated(api.services, request, scope=WRITE)
    payment = payment_in_path(request.path_params["payment"])
    path = f"{PAYMENTS}/{payment_id(payment)}/{name}"
    envelope, body = await command_asked(principal, request, model, path, empty_allowed=True)
    try:
        answer = await api.commands.finish(carry(envelope, payment, body))
    except UnknownPayment:
        await api.services.looking.now(principal.merchant, payment)  # says where its past is lost
        raise
    return command_response(api, answer, location=f"{PAYMENTS}/{payment_id(payment)}")


async def command_asked(
    principal: Principal, request: Request, model: type[Body], path: str, *, empty_allowed: bool
) -> tuple[Envelope, Body]:
    """The validated command, of which nothing was kept so far. Raises Problem."""
    Query(request, ())
    key = idempotency_key(request.headers.getlist("idempotency-key"))
    body, fingerprint = await valid_body(request, model, path, empty_allowed=empty_allowed)
    envelope = Envelope(
        merchant=principal.merchant or f"operator:{principal.operator}",
        operator=principal.operator,
        path=path,
        key=key,
        fingerprint=fingerprint,
        api_version=principal.api_version,
    )
    return envelope, body


def command_response(api: Api, answer: Answer, *, location: str) -> Response:
    at = At(
        store=api.services.store_id,
        position=answer.position,
        payment=answer.payment,
        revision=answer.revision,
    )
    headers = {"Interlock-Position": at.encode(), HEADER: answer.api_version}
    if answer.replayed:
        headers["Idempotent-Replayed"] = "true"
        api.metrics.replayed()
    if answer.status in (201, 202):
        headers["Location"] = _refund_in(answer.body) or location
    if answer.status == 202:
        headers["Retry-After"] = LOOK_AGAIN_S
    return Response(answer.body, answer.status, media_type=answer.content_type, headers=headers)


def _refund_in(body: bytes) -> str | None:
    told = json.loads(body)
    return f"{REFUNDS}/{told['id']}" if told.get("object") == "refund" else None


Answering = Callable[[Api, Request], Awaitable[Response]]


def _command(
    name: str, path: str, handler: Answering, summary: str, documented: dict[str, Any]
) -> Operation:
    return Operation(
        name=name,
        method="POST",
        path=path,
        handler=handler,
        summary=summary,
        tag="payments",
        docs=documented,
    )


_ONE: Final = PAYMENTS + "/{payment}"
OPERATIONS: Final = (
    _command("create_payment", PAYMENTS, create_payment, "Charge a payer", command_docs.CREATE),
    _command(
        "capture_payment",
        f"{_ONE}/capture",
        capture_payment,
        "Take held money",
        command_docs.CAPTURE,
    ),
    _command(
        "cancel_payment", f"{_ONE}/cancel", cancel_payment, "Give a payment up", command_docs.CANCEL
    ),
    _command(
        "refund_payment", f"{_ONE}/refunds", refund_payment, "Give money back", command_docs.REFUND
    ),
)
