"""Amounts and status of a folded payment, and what an answer must show of it. Minor units."""

from __future__ import annotations

from typing import Any, Final

from tests.simulation.oracle.fold import STATUS, Payment
from tests.simulation.oracle.records import Attempt, Hold, Operation

FROZEN: Final = ("2026-11-01",)  # versions of the API whose answers stay as they were
HOLDING: Final = ("authorized", "captured", "conflicted")


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
        "amount_capturable": capturable(payment),
        "amount_refunded": total(payment, hold.key, "refund", with_open=False) if hold else 0,
        "gateway": payment.charges[-1].gateway if payment.charges else None,
        "attempts": len(payment.charges),
        "cancel_requested": payment.cancel_requested,
        "needs_review": under_review(payment) or _stands_amiss(payment),
        "refunds": [_refund(payment, one) for one in refunds(payment)],
        "revision": payment.events[-1].revision,
    }


def frozen_in(version: str, payment: Payment) -> dict[str, Any]:
    """What an answer to a command that was taken in this version of the API shows differently."""
    if version not in FROZEN:
        return {}
    left = _held(payment) if payment.phase in HOLDING else 0
    return {"needs_review": under_review(payment), "amount_capturable": left}


def _held(payment: Payment) -> int:
    """Authorized less captured, voided and open."""
    hold = payment.hold
    if hold is None or payment.attempts[hold.key].captured:
        return 0
    gone = sum(total(payment, hold.key, one, with_open=True) for one in ("capture", "void"))
    return max(0, hold.amount - gone)


def capturable(payment: Payment) -> int:
    """What is held, but for a hold of which the record says that it is captured once: of that
    nothing, beside a capture that is open or done."""
    hold = payment.hold
    if hold is None or payment.phase not in HOLDING:
        return 0
    terms = payment.attempts[hold.key].captures
    captures = (
        one
        for one in payment.operations.values()
        if one.kind == "capture" and one.charge_key == hold.key and one.state != "failed"
    )
    once = terms is not None and not terms["several"]
    return 0 if once and any(captures) else _held(payment)


def _stands_amiss(payment: Payment) -> bool:
    """Another amount than was asked, or a charge beside an end, until it is given back."""
    if any(one.late and _kept(payment, one) for one in payment.charges):
        return True
    hold = payment.hold
    if hold is None or payment.phase != "conflicted" or payment.unwanted:
        return False
    taken = captured(payment, hold)
    held = 0 if payment.attempts[hold.key].captured else hold.amount - taken
    back = [total(payment, hold.key, one, with_open=False) for one in ("refund", "void")]
    return taken > back[0] or held > back[1]


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
