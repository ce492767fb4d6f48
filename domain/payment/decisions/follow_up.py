"""Capture, cancel and refund: what a merchant may ask of a charge, within its bounds.

Every operation starts with its amount on record, and an open amount counts as done: two writers
cannot both pass, because both append at the revision that they decided on.
"""

from __future__ import annotations

from domain.money import Money
from domain.payment.decisions.operations import begin
from domain.payment.decisions.sender import Sender
from domain.payment.events import (
    CancelRequested,
    CaptureStarted,
    CommandRef,
    PaymentCanceled,
    PaymentEvent,
    RefundStarted,
    VoidStarted,
)
from domain.payment.holding import capturable, releasable, takes_another
from domain.payment.rules import (
    AttemptStillOpen,
    CaptureExceeds,
    CurrencyDiffers,
    NotCancelable,
    NotCapturable,
    NotRefundable,
    OperationStillOpen,
    RefundExceeds,
    RefundsNotOffered,
)
from domain.payment.state import (
    Authorized,
    Captured,
    Conflicted,
    Facts,
    Holding,
    InFlight,
    Known,
    Ready,
    Unknown,
    refundable,
)


def capture(
    payment: Known,
    *,
    command: CommandRef,
    amount: Money | None,
    several: bool,
    sender: Sender,
) -> list[PaymentEvent]:
    """Takes `amount` of what is held, all of the rest when None. `several`: whether the gateway
    takes more than one capture of a hold, where that is not on record. Raises PaymentRejected."""
    _no_open_charge(payment)
    if not isinstance(payment, Authorized | Captured) or payment.facts.unwanted:
        raise NotCapturable("there is nothing held that could be captured")
    if _open(payment.facts, "void"):
        raise OperationStillOpen("a void of this payment is still open")
    if not takes_another(payment.facts, payment.hold, undeclared=several):
        raise NotCapturable(f"{payment.hold.gateway} takes one capture per authorization")
    left = capturable(payment)
    wished = _wished(amount, left)
    if left.is_zero:
        raise NotCapturable("nothing is left to capture")
    if left < wished:
        raise CaptureExceeds(f"{wished} is more than the {left} that can be captured")
    started = begin(
        CaptureStarted, payment.facts, payment.hold, "capture", wished, command.id, sender,
        command=command,
    )  # fmt: skip
    return [started]


def cancel(payment: Known, *, command: CommandRef, sender: Sender) -> list[PaymentEvent]:
    """Gives up the charge, or releases what is still held. Raises PaymentRejected."""
    requested = CancelRequested(command=command, at=sender.now)
    match payment:
        case Ready() if payment.facts.cancel is None:
            return [requested, PaymentCanceled(at=sender.now)]
        case InFlight() | Unknown() if payment.facts.cancel is None:
            return [requested]
        case Authorized() | Captured() | Conflicted() if not payment.facts.unwanted:
            return [requested, _release(payment, command, sender)]
        case _:
            raise NotCancelable("this payment is over, or its cancellation is under way")


def _release(payment: Holding, command: CommandRef, sender: Sender) -> PaymentEvent:
    if _open(payment.facts, "capture") or _open(payment.facts, "void"):
        raise OperationStillOpen("a capture or void of this payment is still open")
    left = releasable(payment)
    if left.is_zero:
        raise NotCancelable("the money was captured: refund it instead")
    whole = isinstance(payment, Authorized)
    return begin(
        VoidStarted, payment.facts, payment.hold, "void", left, command.id, sender,
        command=None if whole else command,
        reason="canceled",
    )  # fmt: skip


def refund(
    payment: Known,
    *,
    command: CommandRef,
    amount: Money | None,
    reason: str | None,
    offered: bool,
    sender: Sender,
) -> list[PaymentEvent]:
    """Gives `amount` back, all of the rest when None. `offered`: the gateway takes refunds. Raises
    PaymentRejected."""
    _no_open_charge(payment)
    if not isinstance(payment, Captured | Conflicted) or payment.facts.unwanted:
        raise NotRefundable("there is no captured money to give back")
    if not offered:
        raise RefundsNotOffered(f"{payment.hold.gateway} takes no refunds")
    left = refundable(payment)
    wished = _wished(amount, left)
    if left.is_zero:
        raise RefundExceeds("nothing is left to be refunded")
    if left < wished:
        raise RefundExceeds(f"{wished} is more than the {left} that can be refunded")
    started = begin(
        RefundStarted, payment.facts, payment.hold, "refund", wished, command.id, sender,
        command=command,
        reason=reason,
    )  # fmt: skip
    return [started]


def _no_open_charge(payment: Known) -> None:
    if isinstance(payment, Ready | InFlight | Unknown):
        raise AttemptStillOpen("the charge is not settled yet")


def _open(facts: Facts, kind: str) -> bool:
    return any(one.kind == kind and one.state == "open" for one in facts.operations.values())


def _wished(amount: Money | None, left: Money) -> Money:
    if amount is not None and amount.currency != left.currency:
        raise CurrencyDiffers(f"this payment is in {left.currency}")
    return left if amount is None else amount
