"""Refunds: one by its id, and those of a payment, newest first."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.http import documentation as docs
from api.http import samples
from api.http.answers import list_answer, object_answer, position_of, tagged
from api.http.operations import Api, Operation
from api.http.problems import Problem
from api.http.requests import Query, authenticated, bad_parameter
from api.http.routes import payment_docs
from api.http.schemas import ListOf, Refund
from api.http.tokens import (
    bad_cursor,
    payment_in_path,
    read_at,
    read_refund_cursor,
    refund_cursor,
    refund_in_path,
)
from api.http.waiting import has_reached
from application.merchants.authenticate import Principal
from application.payments.log import Loaded
from domain.merchant.rules import READ
from domain.payment.view import payment_view, refund_view


async def list_refunds_of_payment(api: Api, request: Request) -> Response:
    principal = await authenticated(api.services, request, scope=READ)
    payment = payment_in_path(request.path_params["payment"])
    return await _page(api, principal, payment, Query(request, _PAGING))


async def get_refund(api: Api, request: Request) -> Response:
    """From the stream of its payment, which the read models know; they are waited for where they do
    not know it yet."""
    services = api.services
    principal = await authenticated(services, request, scope=READ)
    refund = refund_in_path(request.path_params["refund"])
    at_least = Query(request, ("at_least",)).text("at_least")
    read = services.looking.now
    found = None
    if at_least is not None:  # names the payment, as long as it is the refund's own
        at = read_at(at_least, store=services.store_id)
        loaded = await read(principal.merchant, at.payment)
        found = _refund_of(loaded, refund)
    if found is None:
        loaded = await read(principal.merchant, await _payment_of(api, principal.merchant, refund))
        found = _refund_of(loaded, refund)
    if found is None:
        raise _no_refund()
    told = object_answer(
        found, version=principal.api_version, headers=position_of(services, loaded)
    )
    return tagged(told, request)


def _refund_of(loaded: Loaded, refund: UUID) -> dict[str, Any] | None:
    operation = loaded.payment.facts.operations.get(refund)
    if operation is None or operation.kind != "refund":
        return None
    return refund_view(loaded.payment, operation)


async def _payment_of(api: Api, merchant: str, refund: UUID) -> UUID:
    """Raises Problem 404 and, where the read models cannot tell, Interrupted."""
    services = api.services
    found = await services.queries.payment_of_refund(merchant, refund)
    if found is None and await has_reached(services, TIMELINE, await services.log.head()):
        found = await services.queries.payment_of_refund(merchant, refund)
    if found is None:
        raise _no_refund()
    return found


def _no_refund() -> Problem:
    return Problem(404, "refund_not_found", "There is no such refund.")


async def list_refunds(api: Api, request: Request) -> Response:
    principal = await authenticated(api.services, request, scope=READ)
    query = Query(request, (*_PAGING, "payment"))
    payment = query.text("payment")
    if payment is None:
        raise bad_parameter("payment is needed: whose refunds?")
    return await _page(api, principal, payment_in_path(payment), query)


async def _page(api: Api, principal: Principal, payment: UUID, query: Query) -> Response:
    """From the payment's own stream, which is as new as any `at_least` asks for."""
    at_least, cursor, limit = query.text("at_least"), query.text("cursor"), query.limit()
    if at_least is not None:
        read_at(at_least, store=api.services.store_id)
    after = None if cursor is None else read_refund_cursor(cursor)
    loaded = await api.services.looking.now(principal.sees, payment)
    refunds = payment_view(loaded.payment)["refunds"][::-1]
    if after is not None:
        places = [place for place, one in enumerate(refunds) if one["id"] == after]
        if not places:
            raise bad_cursor()
        refunds = refunds[places[0] + 1 :]
    more = refund_cursor(refunds[limit - 1]["id"]) if len(refunds) > limit else None
    headers = position_of(api.services, loaded)
    return list_answer(
        refunds[:limit], version=principal.api_version, next_cursor=more, headers=headers
    )


TIMELINE: Final = "payment_timeline"
_PAGING: Final = ("at_least", "cursor", "limit")
_SAMPLE: Final = {"data": [samples.REFUND], "has_more": False, "next_cursor": None}
_OF_PAYMENT: Final = payment_docs.about_one(
    ListOf[Refund], "A page.", docs.CURSOR, docs.LIMIT, example=_SAMPLE
)
_WHOSE: Final = docs.in_query(
    "payment", {"type": "string", "pattern": "^pay_[0-9a-f]{32}$"}, "Whose refunds.", needed=True
)

_ONE: Final = {
    "parameters": [
        docs.in_path("refund", "^re_[0-9a-f]{32}$", samples.REFUND_ID),
        docs.AT_LEAST,
        docs.IF_NONE_MATCH,
    ],
    "responses": {
        "200": docs.answer(
            "As it is now.", Refund, example=samples.REFUND, headers=payment_docs.TAGGED
        ),
        "304": docs.NOT_MODIFIED,
    }
    | docs.problems(docs.READ_PROBLEMS),
}

OPERATIONS: Final = (
    Operation(
        name="get_refund",
        method="GET",
        path="/v1/refunds/{refund}",
        handler=get_refund,
        summary="A refund",
        tag="refunds",
        docs=_ONE,
    ),
    Operation(
        name="list_refunds_of_payment",
        method="GET",
        path="/v1/payments/{payment}/refunds",
        handler=list_refunds_of_payment,
        summary="Refunds of a payment",
        tag="payments",
        docs=_OF_PAYMENT,
    ),
    Operation(
        name="list_refunds",
        method="GET",
        path="/v1/refunds",
        handler=list_refunds,
        summary="Refunds, newest first",
        tag="refunds",
        docs=_OF_PAYMENT | {"parameters": [_WHOSE, docs.AT_LEAST, docs.CURSOR, docs.LIMIT]},
    ),
)
