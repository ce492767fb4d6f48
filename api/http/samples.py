"""Examples for the OpenAPI document. tests/api/test_samples.py asks for them and compares."""

from __future__ import annotations

from typing import Any, Final

from domain.payment.view import View

PAYMENT_ID: Final = "pay_0f3c1a3e5c545a9c8f0e1d0f5d2a7c11"
REFUND_ID: Final = "re_6b1f6a1e3c545a9c8f0e1d0f5d2a7c11"
TIME: Final = "2026-11-01T12:00:00.000000Z"

CREATE: Final[View] = {
    "amount": 1999,
    "currency": "EUR",
    "capture_method": "automatic",
    "customer": "cus_1042",
    "payment_method": {
        "type": "card",
        "token": "tok_ok",
        "brand": "visa",
        "bin": "42424242",
        "last4": "4242",
        "country": "DE",
    },
    "description": "Order 1042",
    "metadata": {"order": "1042"},
}
CREATE_MANUAL: Final[View] = {
    "amount": 50000,
    "currency": "INR",
    "capture_method": "manual",
    "payment_method": {"type": "upi", "token": "tok_upi", "bank": "sbi"},
}
REFUND_REQUEST: Final[View] = {"amount": 500, "reason": "returned"}

NOT_CHARGED_WORD: Final[View] = {
    "outcome": "not_charged",
    "reason": "Their support finds nothing under this key.",
    "evidence": "Ticket 8812 of 2026-11-04",
}
CHARGED_WORD: Final[View] = {
    "outcome": "charged",
    "reference": "ch_1042",
    "amount": 1999,
    "reason": "It stands in their dashboard.",
    "evidence": "Screenshot in ticket 8812",
}

PAYMENT: Final[View] = {
    "id": PAYMENT_ID,
    "object": "payment",
    "status": "succeeded",
    "amount": 1999,
    "currency": "EUR",
    "amount_authorized": 1999,
    "amount_captured": 1999,
    "amount_capturable": 0,
    "amount_refunded": 0,
    "capture_method": "automatic",
    "payment_method": {
        "type": "card",
        "bank": None,
        "brand": "visa",
        "bin": "42424242",
        "last4": "4242",
        "country": "DE",
    },
    "customer": "cus_1042",
    "description": "Order 1042",
    "metadata": {"order": "1042"},
    "merchant_initiated": False,
    "gateway": "stripe",
    "attempts": 1,
    "cancel_requested": False,
    "needs_review": False,
    "failure": None,
    "movements": [],
    "refunds": [],
    "created_at": TIME,
    "revision": 3,
}
PENDING: Final[View] = PAYMENT | {
    "status": "pending_verification",
    "amount_authorized": 0,
    "amount_captured": 0,
}
REFUND: Final[View] = {
    "id": REFUND_ID,
    "object": "refund",
    "payment": PAYMENT_ID,
    "status": "succeeded",
    "amount": 500,
    "amount_reversed": 0,
    "currency": "EUR",
    "reason": "returned",
    "failure": None,
    "deferred": None,
    "created_at": TIME,
}


def problem(status: int, code: str, title: str, **more: Any) -> View:
    about = {"type": f"/docs/problems/{code}", "title": title, "status": status}
    return {**about, "code": code, "retryable": False, **more}


DECLINED: Final = problem(
    402,
    "declined",
    "The payment was not charged.",
    detail="The payer's bank or instrument declined; tell the payer.",
    payment=PAYMENT_ID,
    decline={"code": "insufficient_funds", "network_code": "51", "advice": "try_again_later"},
) | {"retry_with_new_key": True}
REFUSED: Final = problem(
    409,
    "refund_exceeds_captured",
    "The payment refuses this command.",
    detail="19.99 EUR is more than the 5.00 EUR that can be refunded",
    payment=PAYMENT_ID,
)
INVALID: Final = problem(
    422,
    "validation_failed",
    "The request is not valid.",
    request_id="req_8d5f1f1b9a0c4a1f",
    errors=[{"pointer": "/amount", "detail": "Input should be greater than or equal to 1"}],
)
UNKNOWN_FATE: Final = problem(
    503,
    "outcome_of_append_unknown",
    "It is not known whether the command was recorded: repeat with the same key.",
    request_id="req_8d5f1f1b9a0c4a1f",
) | {"retryable": True}
