"""Amounts and status of a folded payment, and what an answer must show of it. Minor units."""

from __future__ import annotations

from typing import Any

from tests.simulation.oracle.fold import STATUS, Payment
from tests.simulation.oracle.records import Attempt, Hold, Operation


def total(payment: Payment, key: str, kind: str, *, with_open: bool) -> int:
    """What the operations of `kind` came to on the charge of `key`, compensations included."""
    states = ("succeeded", "open") if with_open else ("succeeded",)
    return sum(
        one.amount + one.again + (_still(payment, one) if with_open else 0)
        for one in payment.operations.values()
        if one.charge_key == key and one.kind == kind and one.state in states
    )


def _still(payment: Payment, operation: Operation) -> int:
    """What an open try may still move of an operation that another try has done."""
    last = payment.attempts[operation.keys[-1]]
    return last.amount if operation.state == "succeeded" and last.verdict is None else 0


def captured(payment: Payment, hold: Hold, *, with_open: bool = False) -> int:
    return hold.captured + total(payment, hold.key, "capture", with_open=with_open)


def status(payment: Payment) -> str:
    if payment.unwanted and payment.phase in ("authorized", "captured", "conflicted"):
        return "processing"  # what stands is being given back
    if payment.phase == "captured" and payment.hold is not None:
        whole = captured(payment, payment.hold) >= payment.hold.amount
        return "succeeded" if whole else "partially_captured"
    return STATUS.get(payment.phase, payment.phase)


def view(payment: Payment) -> dict[str, Any]:
    """The members of a payment as it is told that the oracle can derive by itself."""
    hold = payment.hold
    return {
        "id": payment.id,
        "status": status(payment),
        "amount": payment.intent["amount"]["amount"],
        "currency": payment.intent["amount"]["currency"],
        "amount_authorized": hold.amount if hold else 0,
        "amount_captured": captured(payment, hold) if hold else 0,
        "amount_refunded": total(payment, hold.key, "refund", with_open=False) if hold else 0,
        "gateway": payment.charges[-1].gateway if payment.charges else None,
        "attempts": len(payment.charges),
        "cancel_requested": payment.cancel_requested,
        "needs_review": under_review(payment),
        "refunds": [_refund(payment, one) for one in refunds(payment)],
        "revision": payment.events[-1].revision,
    }


def under_review(payment: Payment) -> bool:
    """Somebody was asked to look at a try, and neither it nor its operation is settled since; or
    to give a charge back, and it stands."""
    open_ones = {one.id for one in open_operations(payment)}
    return any(
        (one.review and (one.verdict is None or one.operation in open_ones or one.done_late))
        or (one.handed_over and _kept(payment, one))
        for one in payment.attempts.values()
    )


def _kept(payment: Payment, charge: Attempt) -> bool:
    """It stands, nobody wants it, and it was not given back."""
    unwanted = charge.late or (payment.unwanted and charge.verdict == "succeeded")
    return unwanted and not any(
        one.compensation and one.state == "succeeded" and one.charge_key == charge.key
        for one in payment.operations.values()
    )


def refunds(payment: Payment) -> list[Operation]:
    """Those that the merchant asked for, in order."""
    every = payment.operations.values()
    return [one for one in every if one.kind == "refund" and not one.compensation]


def _refund(payment: Payment, refund: Operation) -> tuple[str, str, int]:
    """Id, status and amount."""
    last = payment.attempts[refund.keys[-1]]
    unknown = refund.state == "open" and last.verdict is None and last.unknown
    shown = "unknown" if unknown else {"open": "pending"}.get(refund.state, refund.state)
    return refund.id, shown, refund.amount


def open_operations(payment: Payment) -> list[Operation]:
    return [one for one in payment.operations.values() if one.state == "open"]


def unneeded_holds(payment: Payment) -> list[Hold]:
    """Charges that stand although the payment ended, or beside the one that it is about, and that
    were not given back in full by the stream's own word."""
    left = []
    for hold in payment.holds.values():
        if hold is payment.hold and payment.phase not in ("failed", "canceled", "expired"):
            continue
        taken = captured(payment, hold)
        voided = total(payment, hold.key, "void", with_open=False)
        back = total(payment, hold.key, "refund", with_open=False)
        if taken > back or hold.amount > taken + voided:
            left.append(hold)
    return left
