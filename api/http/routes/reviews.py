"""Ends what waits for a person: operators only."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from api.http.models import ResolveBody
from api.http.operations import Api, Operation
from api.http.problems import bad_request
from api.http.requests import authenticated
from api.http.routes import command_docs
from api.http.routes.commands import PAYMENTS, command_asked, command_response
from api.http.tokens import payment_in_path
from api.http.versions import HEADER
from application.payments.commands import ResolveReview
from domain.api_versions import V2026_11_01
from domain.operator.rules import OPERATE
from domain.payment.view import payment_id


async def resolve_payment(api: Api, request: Request) -> Response:
    principal = await authenticated(api.services, request, scope=OPERATE)
    payment = payment_in_path(request.path_params["payment"])
    if principal.api_version == V2026_11_01:
        raise bad_request(
            "unknown_version", f"This {HEADER} has no such command.", detail="It came later."
        )
    path = f"{PAYMENTS}/{payment_id(payment)}/resolve"
    envelope, body = await command_asked(principal, request, ResolveBody, path, empty_allowed=False)
    said = body.root.model_dump()
    attempt = said.pop("attempt")
    command = ResolveReview(
        envelope=envelope,
        payment=payment,
        operator=principal.operator or "",
        attempt=None if attempt is None else UUID(attempt.removeprefix("att_")),
        **said,
    )
    answer = await api.commands.finish(api.services.resolves.resolve(command))
    return command_response(api, answer, location=f"{PAYMENTS}/{payment_id(payment)}")


OPERATIONS: Final = (
    Operation(
        name="resolve_payment",
        method="POST",
        path=PAYMENTS + "/{payment}/resolve",
        handler=resolve_payment,
        summary="End a review, by an operator's word",
        tag="reviews",
        docs=command_docs.RESOLVE,
    ),
)
