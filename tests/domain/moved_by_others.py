"""Payments that others move, and what a look-up then tells of them."""

from __future__ import annotations

from typing import Any

from domain.gateway import answers as g
from domain.payment import events as e
from domain.payment.decisions.sender import attempt_key
from domain.payment.decisions.verifying import record_looked_up
from domain.payment.rules import Rules
from tests.domain import facts as f
from tests.support.offers import offering

UNWANTED_HOLD = (
    f.initiated(capture_method="manual"), f.routed(), f.asked(), f.silent(), f.cancel_requested(),
    f.held(), f.begun(e.CompensationStarted, "compensation-1", means="void"),
)  # fmt: skip
REFUND = f.begun(e.RefundStarted, "refund-1", f.euro(400), command=f.ref("refund"))
REFUNDED = (*f.CHARGED, REFUND, f.done(e.RefundSucceeded, "refund-1", f.euro(400)))
CAPTURE = f.begun(e.CaptureStarted, "capture-1", f.euro(600), command=f.ref("capture"))
CAPTURED = (*f.HELD, CAPTURE, f.done(e.CaptureSucceeded, "capture-1", f.euro(600)))


def key_of(name: str, number: int = 1) -> Any:
    return attempt_key(f.PAYMENT, f.operation(name), number)


def sums(authorized: int = 1000, captured: int = 0, refunded: int = 0) -> g.Sums:
    return g.Sums(authorized=authorized, captured=captured, refunded=refunded, currency="EUR")


def found(payment: Any, told: g.LookedUp, of: Any = None, before: Any = None) -> Any:
    return record_looked_up(
        payment.facts, of or f.key(), told, offering(), rules=Rules(), asked_at=f.at(50),
        now=f.at(51), before=before or payment.facts,
    )  # fmt: skip
