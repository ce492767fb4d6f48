"""A payment as people and merchants see it: one rendering for answers, read models and history."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.payment.attempt import Attempt, Operation
from domain.payment.decisions.deferring import refusal_of
from domain.payment.events import (
    AttemptDeclined,
)
from domain.payment.holding import capturable
from domain.payment.kept import kept_unwanted, to_take_back
from domain.payment.observed_view import REVERSED, is_undone, observed_view, undone_of
from domain.payment.state import (
    Authorized,
    Canceled,
    Captured,
    Conflicted,
    Expired,
    Facts,
    Failed,
    Known,
    captured,
    status,
)
from domain.payment.when import when

View = dict[str, Any]


def payment_view(payment: Known) -> View:
    """JSON-ready. Amounts in minor units, times ISO 8601 UTC, ids with their prefix."""
    facts = payment.facts
    intent = facts.intent
    charges = facts.charges
    asked = charges[-1].started.gateway if charges else None
    return {
        "id": payment_id(intent.payment),
        "object": "payment",
        "status": status(payment),
        "amount": intent.amount.amount,
        "currency": intent.amount.currency,
        **_amounts(payment),
        "capture_method": intent.capture_method,
        "payment_method": _method(payment),
        "customer": intent.customer,
        "description": intent.description,
        "metadata": intent.metadata,
        "merchant_initiated": intent.merchant_initiated,
        "gateway": asked,
        "attempts": len(charges),
        "cancel_requested": facts.cancel is not None,
        "needs_review": asks_for_a_person(payment),
        "failure": _failure(payment),
        "movements": observed_view(facts),
        "refunds": [refund_view(payment, one) for one in _refunds(payment)],
        "created_at": when(intent.at),
        "revision": facts.revision,
    }


def asks_for_a_person(payment: Known) -> bool:
    """Of all its tries, and where money stands that nobody asked for."""
    facts = payment.facts
    reviewed = any(needs_review(facts, one) for one in facts.attempts.values())
    stray = any(kept_unwanted(facts, facts.attempts[one.key]) for one in facts.strays)
    return reviewed or stray or _stands_amiss(payment)


def _stands_amiss(payment: Known) -> bool:
    """The gateway took or holds another amount than was asked, and has not given all back."""
    if not isinstance(payment, Conflicted) or payment.facts.unwanted:
        return False
    return to_take_back(payment.facts, payment.hold) is not None


def needs_review(facts: Facts, attempt: Attempt) -> bool:
    """Somebody was asked to look, and nothing has settled it since."""
    handed_over = attempt.handed_over is not None and kept_unwanted(facts, attempt)
    return handed_over or (attempt.under_review and facts.reviewable(attempt))


def why_refused(facts: Facts, operation: Operation) -> View | None:
    """Of an operation that failed: the gateway's last word, and whether asking for it anew may
    help. None for any other."""
    if operation.code is None:
        return None
    why = refusal_of(facts, operation)
    return {"code": operation.code, "message": why.message, "retryable": why.retryable}


def why_deferred(operation: Operation) -> View | None:
    """Of an operation that goes on in the background: what it was refused for."""
    why = operation.deferred
    if why is None or operation.state != "open":
        return None
    return {"code": why.code, "message": why.message, "since": when(why.at)}


def refund_view(payment: Known, refund: Operation) -> View:
    back = undone_of(payment.facts, refund)
    return {
        "id": refund_id(refund.id),
        "object": "refund",
        "payment": payment_id(payment.facts.intent.payment),
        "status": _refund_status(payment.facts, refund),
        "amount": refund.amount.amount,
        "amount_reversed": back,
        "currency": refund.amount.currency,
        "reason": refund.reason,
        "failure": _why_failed(payment.facts, refund),
        "deferred": why_deferred(refund),
        "created_at": when(refund.at),
    }


def _refund_status(facts: Facts, refund: Operation) -> str:
    attempt = facts.attempts[refund.last_key]
    if refund.state == "open" and attempt.is_open and attempt.unknown:
        return "unknown"
    if is_undone(facts, refund):
        return "failed"
    return {"open": "pending"}.get(refund.state, refund.state)


def _why_failed(facts: Facts, refund: Operation) -> View | None:
    return REVERSED if is_undone(facts, refund) else why_refused(facts, refund)


def payment_id(payment: UUID) -> str:
    return f"pay_{payment.hex}"


def refund_id(operation: UUID) -> str:
    return f"re_{operation.hex}"


def _amounts(payment: Known) -> View:
    match payment:
        case Authorized() | Captured() | Conflicted():
            hold, facts = payment.hold, payment.facts
            return {
                "amount_authorized": hold.amount.amount,
                "amount_captured": captured(payment, settled=True).amount,
                "amount_capturable": capturable(payment).amount,
                "amount_refunded": facts.total(hold, "refund", settled=True).amount,
            }
        case Canceled(hold=hold) | Expired(hold=hold) if hold is not None:
            taken = captured(payment, settled=True).amount
            given = payment.facts.by_means(hold, "refund").amount
            gone = {"amount_capturable": 0, "amount_refunded": given}
            return {"amount_authorized": hold.amount.amount, "amount_captured": taken, **gone}
        case _:
            names = ("authorized", "captured", "capturable", "refunded")
            return {f"amount_{name}": 0 for name in names}


def _method(payment: Known) -> View:
    method = payment.facts.intent.method
    names = ("type", "bank", "brand", "bin", "last4", "country")
    return {name: getattr(method, name) for name in names}


def _failure(payment: Known) -> View | None:
    if isinstance(payment, Captured) and status(payment) == "failed":
        return {"code": "capture_reversed", "retryable": True, "decline": None}
    if not isinstance(payment, Failed):
        return None
    failure: View = {"code": payment.code, "retryable": payment.retryable, "decline": None}
    last = payment.facts.charges[-1].verdict if payment.facts.charges else None
    if isinstance(last, AttemptDeclined):
        failure["decline"] = {
            "code": last.code,
            "network_code": last.network_code,
            "advice": last.advice,
        }
    return failure


def _refunds(payment: Known) -> list[Operation]:
    return [one for one in payment.facts.operations.values() if one.kind == "refund"]
