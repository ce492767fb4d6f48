"""Requests as bytes. Pure: a repeat after a restart must send what the first send sent.

Changing a byte here breaks repeats of what is open: the digests are recorded.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final
from urllib.parse import quote

import orjson

from application.ports.gateways import (
    ChargeRequest,
    GatewayRequest,
    OperationRequest,
    Prepared,
)

CHARGE: Final = "charge"
VOID: Final = "void"
CHARGES_PATH: Final = "/v1/charges"
OPERATIONS_PATH: Final = "/v1/operations"
CANCELLATIONS_PATH: Final = "/v1/cancellations"
_LAST_PATH_SEGMENT: Final = {"capture": "capture", "void": "void", "refund": "refunds"}


def prepared(request: GatewayRequest) -> Prepared:
    """The request as it is sent. Raises ValueError for a kind that does not exist."""
    if isinstance(request, ChargeRequest):
        return _signed(request, CHARGE, CHARGES_PATH, _charge_body(request))
    if request.kind not in _LAST_PATH_SEGMENT:
        raise ValueError(f"no operation {request.kind!r}")
    path = f"{charge_path(request.charge)}/{_LAST_PATH_SEGMENT[request.kind]}"
    return _signed(
        request, request.kind, path, {"key": str(request.key), "amount": request.amount.amount}
    )


def charge_path(reference: str) -> str:
    """Where the operations of the charge with this reference are."""
    return f"{CHARGES_PATH}/{quote(reference, safe='')}"


def _charge_body(request: ChargeRequest) -> dict[str, object]:
    return {
        "key": str(request.key),
        "payment_id": str(request.payment),
        "amount": request.amount.amount,
        "currency": request.amount.currency,
        "method": request.method.type,
        "method_token": request.method.token,
        "bank": request.method.bank,
        "capture": request.capture,
    }


def _signed(
    request: ChargeRequest | OperationRequest, kind: str, path: str, body: dict[str, object]
) -> Prepared:
    data = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    digest = sha256(path.encode() + b"\n" + data).hexdigest()
    return Prepared(key=request.key, kind=kind, path=path, body=data, digest=digest)
