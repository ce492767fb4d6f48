"""What a request is recognised by for ever: its fingerprint and its command's id. Recorded once:
another value here lets a repeat of yesterday's request charge again, or refuses it as another."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
from pydantic import BaseModel
from starlette.requests import Request

from api.http.models import CancelBody, CaptureBody, CreatePaymentBody, RefundBody
from api.http.routes.commands import PAYMENTS, command_asked
from application.merchants.authenticate import Principal
from application.payments.commands import Envelope
from domain.api_versions import NEWEST

KEY: Final = "order-4711"
ONE: Final = f"{PAYMENTS}/pay_0123456789abcdef0123456789abcdef"
METHOD: Final = {"type": "card", "token": "tok_ok"}
CREATE: Final = {"amount": 1250, "currency": "EUR", "payment_method": METHOD}
SPELLED_OUT: Final = {**CREATE, "capture_method": "automatic", "merchant_initiated": False}

Asked = tuple[type[BaseModel], str, Any]
ASKED: Final[dict[str, Asked]] = {
    "create": (CreatePaymentBody, PAYMENTS, CREATE),
    "create with its defaults spelled out": (CreatePaymentBody, PAYMENTS, SPELLED_OUT),
    "create in other letters": (CreatePaymentBody, PAYMENTS, {**CREATE, "description": "Äpfel 🍎"}),
    "capture": (CaptureBody, f"{ONE}/capture", {"amount": 1000}),
    "capture of all": (CaptureBody, f"{ONE}/capture", {}),
    "cancel": (CancelBody, f"{ONE}/cancel", {}),
    "refund": (RefundBody, f"{ONE}/refunds", {"amount": 1000}),
    "refund with a reason": (RefundBody, f"{ONE}/refunds", {"amount": 1000, "reason": "broken"}),
}
GOLDEN: Final[dict[str, tuple[str, str]]] = {
    "create": (
        "6983e6c6380dea6919d6d122941fdaa8f3f7305a1dc074ed6751903192216fcd",
        "422856b1-7ef5-574e-afcd-49834b870e7c",
    ),
    "create with its defaults spelled out": (
        "70cd715f4b8824138f23accfa648a55a23e53e2155ea0508e42639b03e2bc786",
        "422856b1-7ef5-574e-afcd-49834b870e7c",
    ),
    "create in other letters": (
        "7dd11d478dd0b9221cc2ebce45efd0b30f1759780079428926307e3560316727",
        "422856b1-7ef5-574e-afcd-49834b870e7c",
    ),
    "capture": (
        "4da08d0f6970839f318f7b036df309ccd5d67cb45de6c5924a272496ea22ecff",
        "da8d1d3b-f54c-500b-b3e8-8b8486e1c9ed",
    ),
    "capture of all": (
        "34cec7f9e6485d8836bc3d41e2d76b591de266294f4264fca2044ef9da2f3fdb",
        "da8d1d3b-f54c-500b-b3e8-8b8486e1c9ed",
    ),
    "cancel": (
        "0e35673b7a33cc862a3498789093dfe246c96cb03bbf5eb5fc869cc96a5ab81c",
        "65ce7e8c-eb02-58eb-8714-cd19bb3c0afd",
    ),
    "refund": (
        "ae0eecb418883be6d5fb236e161064fcabfc4371e670617ae244bfceceb22223",
        "1b24b8d4-c857-540e-a418-8d5953640ed8",
    ),
    "refund with a reason": (
        "04a39e418e2a8d86a2669da20ddfa416b38cf82216c2f16ff696cf717ecea8dc",
        "1b24b8d4-c857-540e-a418-8d5953640ed8",
    ),
}


class Newer(CreatePaymentBody):
    """As a later version may have it."""

    note: str | None = None


@pytest.mark.parametrize("name", ASKED)
async def test_a_request_is_recognised_for_ever(name: str) -> None:
    model, path, body = ASKED[name]
    assert told(await envelope_of(model, path, json.dumps(body))) == GOLDEN[name]


async def test_order_and_spaces_do_not_matter_and_a_prefix_does_not() -> None:
    turned = json.dumps(dict(reversed(CREATE.items())), indent=3)
    asked = await envelope_of(CreatePaymentBody, PAYMENTS, turned, prefix="/shop/api")
    assert told(asked) == GOLDEN["create"]


async def test_a_new_optional_member_changes_nothing_of_who_does_not_send_it() -> None:
    asked = await envelope_of(Newer, PAYMENTS, json.dumps(CREATE))
    assert told(asked) == GOLDEN["create"]


def test_no_two_of_them_are_taken_for_each_other() -> None:
    assert len({fingerprint for fingerprint, _ in GOLDEN.values()}) == len(GOLDEN)


def told(envelope: Envelope) -> tuple[str, str]:
    return envelope.fingerprint, str(envelope.id)


async def envelope_of(
    model: type[BaseModel], path: str, body: str, *, prefix: str = ""
) -> Envelope:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body.encode(), "more_body": False}

    headers = {"content-type": "application/json", "idempotency-key": KEY}
    scope = {
        "type": "http",
        "method": "POST",
        "path": prefix + path,
        "root_path": prefix,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    principal = Principal(merchant="acme", key_id="k", scopes=frozenset(), api_version=NEWEST)
    asked = command_asked(principal, Request(scope, receive), model, path, empty_allowed=True)
    return (await asked)[0]
