"""The answers of API version 2026-11-01. Frozen: a repeat must get the bytes of the first answer.

Whatever is wrong here stays as it was told; corrections and new members are the open version's
(v2026_12_01.py). `tests/renderings` holds this file and what it gives to what it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from domain.money import Money
from domain.payment.attempt import Attempt, Command, Hold, Operation
from domain.payment.events import AttemptDeclined, LateOperationObserved
from domain.payment.state import (
    Authorized,
    Canceled,
    Captured,
    Conflicted,
    Expired,
    Facts,
    Failed,
    InFlight,
    Known,
    Ready,
    Unknown,
)

Body = dict[str, Any]
Holding = Authorized | Captured | Conflicted

FAILURES: Final = {
    "declined": "The payer's bank or instrument declined; tell the payer.",
    "no_gateway_available": "No gateway could take the payment; nothing was charged.",
    "not_charged": "It was settled that nothing was charged.",
    "not_completed_in_time": "The payment was not completed in its time; nothing was charged.",
}


def answer(payment: Known, command: Command) -> tuple[int, Body]:
    """Status and body of a concluded command."""
    if command.refused is not None:
        about = {"detail": command.detail, "retryable": False, "payment": _id(payment)}
        return 409, _problem(409, command.refused, "The payment refuses this command.", **about)
    match command.ref.name:
        case "create":
            return _created(payment)
        case "refund":
            return _refunded(payment, command)
        case _:
            return _changed(payment, command)


def on_the_way(payment: Known, command: Command) -> Body:
    """What is known of a command that has no answer yet: its refund, else its payment."""
    refund = payment.facts.operations.get(command.ref.id)
    if command.ref.name == "refund" and refund is not None:
        return refund_view(payment, refund)
    return payment_view(payment)


def _created(payment: Known) -> tuple[int, Body]:
    match payment:
        case Failed(code=code, retryable=retryable):
            more = {
                "detail": FAILURES.get(code, "The payment failed."),
                "retryable": retryable,
                "payment": _id(payment),
                "decline": _decline(payment),
            }
            return 402, _problem(402, code, "The payment was not charged.", **more)
        case InFlight() | Unknown():
            return 202, payment_view(payment)
        case _:
            return 202 if payment.facts.unwanted else 201, payment_view(payment)


def _refunded(payment: Known, command: Command) -> tuple[int, Body]:
    refund = refund_view(payment, payment.facts.operations[command.ref.id])
    if refund["status"] == "failed":
        more = {"retryable": False, "payment": _id(payment), "refund": refund["id"]}
        return 402, _problem(402, "refund_failed", "The gateway refused the refund.", **more)
    return 201 if refund["status"] == "succeeded" else 202, refund


def _changed(payment: Known, command: Command) -> tuple[int, Body]:
    facts, name = payment.facts, command.ref.name
    mine = [one for one in facts.operations.values() if _belongs(one.command, one.kind, command)]
    if mine and mine[-1].state == "failed":
        more = {"retryable": True, "payment": _id(payment), "detail": f"{mine[-1].code}"}
        return 402, _problem(402, f"{name}_failed", f"The gateway refused the {name}.", **more)
    still_open = any(one.state == "open" for one in mine)
    waiting = still_open or isinstance(payment, InFlight | Unknown) or facts.unwanted
    over = isinstance(payment, Canceled)
    return 202 if waiting and not over else 200, payment_view(payment)


def _belongs(of: Any, kind: str, command: Command) -> bool:
    if of is not None:
        return bool(of.id == command.ref.id)
    return kind == "void" and command.ref.name == "cancel"


def _problem(status: int, code: str, title: str, **more: Any) -> Body:
    return {
        "type": f"urn:interlock:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
    } | more


def payment_view(payment: Known) -> Body:
    """Amounts in minor units, times ISO 8601 UTC, ids with their prefix."""
    facts = payment.facts
    intent = facts.intent
    charges = [one for one in facts.attempts.values() if one.kind == "charge"]
    method = ("type", "bank", "brand", "bin", "last4", "country")
    refunds = [one for one in facts.operations.values() if one.kind == "refund"]
    return {
        "id": _id(payment),
        "object": "payment",
        "status": status(payment),
        "amount": intent.amount.amount,
        "currency": intent.amount.currency,
        **_amounts(payment),
        "capture_method": intent.capture_method,
        "payment_method": {name: getattr(intent.method, name) for name in method},
        "customer": intent.customer,
        "description": intent.description,
        "metadata": intent.metadata,
        "merchant_initiated": intent.merchant_initiated,
        "gateway": charges[-1].started.gateway if charges else None,
        "attempts": len(charges),
        "cancel_requested": facts.cancel is not None,
        "needs_review": any(needs_review(facts, one) for one in facts.attempts.values()),
        "failure": _failure(payment),
        "refunds": [refund_view(payment, one) for one in refunds],
        "created_at": _when(intent.at),
        "revision": facts.revision,
    }


def refund_view(payment: Known, refund: Operation) -> Body:
    attempt = payment.facts.attempts[refund.last_key]
    unknown = refund.state == "open" and attempt.verdict is None and attempt.unknown
    return {
        "id": f"re_{refund.id.hex}",
        "object": "refund",
        "payment": _id(payment),
        "status": "unknown" if unknown else {"open": "pending"}.get(refund.state, refund.state),
        "amount": refund.amount.amount,
        "currency": refund.amount.currency,
        "reason": refund.reason,
        "failure": {"code": refund.code} if refund.code else None,
        "created_at": _when(refund.at),
    }


def status(payment: Known) -> str:
    """The word that merchants see."""
    match payment:
        case Ready() | InFlight():
            return "processing"
        case Unknown():
            return "pending_verification"
        case Authorized() | Captured() | Conflicted() if payment.facts.unwanted:
            return "processing"  # what stands is being given back
        case Authorized():
            return "requires_capture"
        case Captured():
            whole = payment.hold.amount.amount <= _captured(payment.facts, payment.hold)
            return "succeeded" if whole else "partially_captured"
        case _:
            return type(payment).__name__.lower()


def capturable(payment: Holding) -> int:
    """What may still be captured or released: authorized less captured, voided and open."""
    facts, hold = payment.facts, payment.hold
    if hold.captured_at_once:
        return 0
    gone = _by_means(facts, hold, "capture") + _by_means(facts, hold, "void")
    return max(0, hold.amount.amount - gone)


def needs_review(facts: Facts, attempt: Attempt) -> bool:
    """Somebody was asked to look, and nothing has settled it since."""
    if attempt.review is None:
        return False
    operation = facts.operations.get(attempt.started.operation)
    unsettled = attempt.verdict is None or (operation is not None and operation.state == "open")
    return unsettled or isinstance(attempt.verdict, LateOperationObserved)


def _amounts(payment: Known) -> Body:
    match payment:
        case Authorized() | Captured() | Conflicted():
            hold, facts = payment.hold, payment.facts
            return {
                "amount_authorized": hold.amount.amount,
                "amount_captured": _captured(facts, hold),
                "amount_capturable": capturable(payment),
                "amount_refunded": _settled(facts, hold, "refund"),
            }
        case Canceled(hold=hold) | Expired(hold=hold) if hold is not None:
            return {
                "amount_authorized": hold.amount.amount,
                "amount_captured": _captured(payment.facts, hold),
                "amount_capturable": 0,
                "amount_refunded": _by_means(payment.facts, hold, "refund"),
            }
        case _:
            names = ("authorized", "captured", "capturable", "refunded")
            return {f"amount_{name}": 0 for name in names}


def _failure(payment: Known) -> Body | None:
    if not isinstance(payment, Failed):
        return None
    return {
        "code": payment.code,
        "retryable": payment.retryable,
        "decline": _decline(payment),
    }


def _decline(payment: Failed) -> Body | None:
    charges = [one for one in payment.facts.attempts.values() if one.kind == "charge"]
    last = charges[-1].verdict if charges else None
    if not isinstance(last, AttemptDeclined):
        return None
    return {"code": last.code, "network_code": last.network_code, "advice": last.advice}


def _captured(facts: Facts, hold: Hold) -> int:
    return hold.amount.amount if hold.captured_at_once else _settled(facts, hold, "capture")


def _settled(facts: Facts, hold: Hold, kind: str) -> int:
    done = (one for one in _of(facts, hold) if one.kind == kind and one.state == "succeeded")
    return sum(one.amount.amount + one.again for one in done)


def _by_means(facts: Facts, hold: Hold, means: str) -> int:
    """With the compensations that asked the gateway for the same; open ones count as done."""
    counting = (one for one in _of(facts, hold) if one.means == means and one.state != "failed")
    return sum(one.amount.amount + one.again + _beside(facts, one) for one in counting)


def _beside(facts: Facts, operation: Operation) -> int:
    """What one of its tries may still move beside what is done."""
    last = facts.attempts[operation.last_key]
    still: Money = last.started.amount
    return still.amount if operation.state == "succeeded" and last.verdict is None else 0


def _of(facts: Facts, hold: Hold) -> Iterable[Operation]:
    return (one for one in facts.operations.values() if one.charge_key == hold.key)


def _id(payment: Known) -> str:
    known: UUID = payment.facts.intent.payment
    return f"pay_{known.hex}"


def _when(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
