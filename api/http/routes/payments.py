"""Payments as they are, as they were, and how they came to be so."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.http.answers import list_answer, object_answer, position_of, tagged
from api.http.operations import Api, Operation
from api.http.requests import Query, authenticated, bad_parameter
from api.http.routes import payment_docs
from api.http.tokens import (
    At,
    bad_cursor,
    payment_cursor,
    payment_in_path,
    read_at,
    read_payment_cursor,
)
from api.http.waiting import must_reach
from application.merchants.authenticate import Principal
from application.payments.log import Loaded, UnknownPayment
from application.ports.event_store import StoreUnavailable
from domain.merchant.rules import READ
from domain.payment.attempt_view import attempt_view
from domain.payment.view import payment_id, payment_view
from domain.payment.when import when
from projections.queries import PaymentList, UnknownCursor

STATUSES: Final = frozenset(payment_docs.STATUSES)


async def list_payments(api: Api, request: Request) -> Response:
    services = api.services
    principal = await authenticated(services, request, scope=READ)
    query = Query(request, payment_docs.LIST_PARAMETERS)
    cursor, at = query.text("cursor"), _at_least(api, query)
    asked = PaymentList(
        merchant=principal.sees,
        status=query.one_of("status", STATUSES),
        needs_review=query.flag("needs_review"),
        created_after=query.moment("created_after"),
        created_before=query.moment("created_before"),
        after=None if cursor is None else read_payment_cursor(cursor),
        limit=query.limit(),
    )
    if at is not None:
        await must_reach(services, "payment_status", at.position)
    try:
        page = await services.queries.payments(asked)
    except UnknownCursor:
        raise bad_cursor() from None
    more = payment_cursor(page.rows[-1].id) if page.has_more else None
    return list_answer(
        [row.view for row in page.rows], version=principal.api_version, next_cursor=more
    )


async def get_payment(api: Api, request: Request) -> Response:
    """Read from the payment's own stream, so that it is never stale for the one who wrote; while
    the log does not answer, the row is given, unless it is known to be too old."""
    principal = await authenticated(api.services, request, scope=READ)
    payment = payment_in_path(request.path_params["payment"])
    query = Query(request, ("at_least", "as_of", "as_of_revision"))
    at = _at_least(api, query)
    if query.text("as_of") is not None or query.text("as_of_revision") is not None:
        loaded = await _as_it_was(api, principal.sees, payment, query)
    else:
        try:
            loaded = await api.services.looking.now(principal.sees, payment)
        except StoreUnavailable:
            return tagged(await _row(api, principal, payment, at), request)
    told = object_answer(
        payment_view(loaded.payment),
        version=principal.api_version,
        headers=position_of(api.services, loaded),
    )
    return tagged(told, request)


async def list_attempts(api: Api, request: Request) -> Response:
    loaded, version = await _loaded(api, request)
    attempts = loaded.payment.facts.attempts.values()
    return list_answer(
        [attempt_view(one) for one in attempts],
        version=version,
        headers=position_of(api.services, loaded),
    )


async def get_decision(api: Api, request: Request) -> Response:
    loaded, version = await _loaded(api, request)
    route = loaded.payment.facts.route
    if route is None:
        raise UnknownPayment("not routed")
    decision = {
        "object": "decision",
        "payment": payment_id(loaded.id),
        "order": list(route.order),
        "candidates": [
            {
                "gateway": one.gateway,
                "score": one.score,
                "factors": one.factors,
                "excluded": one.excluded,
            }
            for one in route.candidates
        ],
        "policy": route.policy,
        "seed": route.seed,
        "decided_at": when(route.at),
    }
    return object_answer(decision, version=version, headers=position_of(api.services, loaded))


async def _loaded(api: Api, request: Request) -> tuple[Loaded, str]:
    """The payment in the path as it is now, which is as new as any `at_least` asks for; and the
    version of the API to tell it in."""
    principal = await authenticated(api.services, request, scope=READ)
    payment = payment_in_path(request.path_params["payment"])
    _at_least(api, Query(request, ("at_least",)))
    loaded = await api.services.looking.now(principal.sees, payment)
    return loaded, principal.api_version


async def _as_it_was(api: Api, merchant: str | None, payment: UUID, query: Query) -> Loaded:
    moment, revision = query.moment("as_of"), query.count("as_of_revision")
    looking = api.services.looking
    if moment is not None and revision is not None:
        raise bad_parameter("as_of and as_of_revision exclude each other")
    if query.text("at_least") is not None:
        raise bad_parameter("at_least asks for the present, as_of for the past")
    if moment is not None:
        return await looking.at_time(merchant, payment, moment)
    return await looking.at_revision(merchant, payment, revision or 0)


async def _row(api: Api, principal: Principal, payment: UUID, at: At | None) -> Response:
    row = await api.services.queries.payment(principal.sees, payment)
    wanted = at.revision if at is not None and at.payment == payment else 0
    is_too_old = at is not None and at.payment != payment
    if row is None or row.revision < wanted or is_too_old:
        raise StoreUnavailable("and the row does not tell either")
    return object_answer(row.view, version=principal.api_version)


def _at_least(api: Api, query: Query) -> At | None:
    text = query.text("at_least")
    return None if text is None else read_at(text, store=api.services.store_id)


def _query(name: str, path: str, handler: Any, summary: str, docs: dict[str, Any]) -> Operation:
    return Operation(
        name=name,
        method="GET",
        path=path,
        handler=handler,
        summary=summary,
        tag="payments",
        docs=docs,
    )


_ONE: Final = "/v1/payments/{payment}"
OPERATIONS: Final = (
    _query("list_payments", "/v1/payments", list_payments, "Payments, newest first",
           payment_docs.LIST),
    _query("get_payment", _ONE, get_payment, "A payment, now or as of any moment",
           payment_docs.ONE),
    _query("list_attempts", f"{_ONE}/attempts", list_attempts, "Every try at a gateway",
           payment_docs.ATTEMPTS),
    _query("get_decision", f"{_ONE}/decision", get_decision, "Why this gateway",
           payment_docs.DECISION),
)  # fmt: skip
