"""The OpenAPI of the commands that move money."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel

from api.http import documentation as docs
from api.http import samples
from api.http.models import (
    CancelBody,
    CaptureBody,
    CreatePaymentBody,
    RefundBody,
    ResolveBody,
)
from api.http.schemas import Payment, Refund
from domain.api_versions import PUBLISHED, V2026_11_01

_PAYMENT_IN_PATH: Final = docs.in_path("payment", "^pay_[0-9a-f]{32}$", samples.PAYMENT_ID)
_PROBLEM_SAMPLES: Final = {
    402: samples.DECLINED,
    409: samples.REFUSED,
    422: samples.INVALID,
    503: samples.UNKNOWN_FATE,
}


def _documented(
    responses: dict[str, Any], body: dict[str, Any], *, changes: bool = True
) -> dict[str, Any]:
    return {
        "parameters": [docs.IDEMPOTENCY_KEY, *([_PAYMENT_IN_PATH] if changes else [])],
        "requestBody": body,
        "responses": responses | docs.problems(docs.COMMAND_PROBLEMS, _PROBLEM_SAMPLES),
    }


_LOCATION: Final = {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}
_LOOK_AGAIN: Final = _LOCATION | {"Retry-After": docs.RETRY_AFTER}


def _done(description: str, shape: type[BaseModel], example: Any, **headers: Any) -> dict[str, Any]:
    told = docs.COMMAND_HEADERS | headers
    return docs.answer(description, shape, example=example, headers=told)


_PENDING: Final = _done(
    "Recorded, and its end is not known yet: ask for what `Location` names until it is.",
    Payment,
    samples.PENDING,
    **_LOOK_AGAIN,
)
CREATE: Final = _documented(
    {"201": _done("Charged, or held.", Payment, samples.PAYMENT, **_LOCATION), "202": _PENDING},
    docs.body_of(
        CreatePaymentBody,
        required=True,
        examples={"card": samples.CREATE, "manual": samples.CREATE_MANUAL},
    ),
    changes=False,
)
CAPTURE: Final = _documented(
    {"200": _done("Captured.", Payment, samples.PAYMENT), "202": _PENDING},
    docs.body_of(CaptureBody, required=False, examples={"part": {"amount": 500}, "rest": {}}),
)
CANCEL: Final = _documented(
    {"200": _done("Canceled.", Payment, samples.PAYMENT), "202": _PENDING},
    docs.body_of(CancelBody, required=False, examples={"empty": {}}),
)
_PENDING_REFUND: Final = samples.REFUND | {"status": "pending"}
REFUND: Final = _documented(
    {
        "201": _done("Refunded.", Refund, samples.REFUND, **_LOCATION),
        "202": _done(
            "Recorded, and its end is not known yet: ask for what `Location` names until it is.",
            Refund,
            _PENDING_REFUND,
            **_LOOK_AGAIN,
        ),
    },
    docs.body_of(RefundBody, required=False, examples={"part": samples.REFUND_REQUEST, "rest": {}}),
)
_RESOLVED: Final = {
    "200": _done("The review is over.", Payment, samples.PAYMENT),
    "202": _done("So much money needs a second operator's word.", Payment, samples.PENDING,
                 **_LOOK_AGAIN),
}  # fmt: skip
_IN_EVERY_VERSION: Final = _documented(
    _RESOLVED,
    docs.body_of(
        ResolveBody,
        required=True,
        examples={"charged": samples.CHARGED_WORD, "not_charged": samples.NOT_CHARGED_WORD},
    ),
)
_SINCE: Final = [one for one in PUBLISHED if one != V2026_11_01]
RESOLVE: Final = _IN_EVERY_VERSION | {
    "parameters": [
        *_IN_EVERY_VERSION["parameters"],
        docs.VERSION | {"schema": {"type": "string", "enum": _SINCE}},
    ]
}
