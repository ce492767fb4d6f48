"""Captures, refunds and cancellations, in steps that many histories share."""

from __future__ import annotations

from typing import Any

from tests.simulation.histories.asking import Asking
from tests.simulation.histories.endings import compensated, done, shows_captured, taken
from tests.simulation.histories.tale import Tale, Try

# Captures.


def capturing(
    tale: Tale, charge: Try, amount: int | None = None, key: str = "capture-1"
) -> tuple[Try, Asking]:
    """Asked for and on record, not sent yet; `amount` None: the whole."""
    body = {} if amount is None else {"amount": amount}
    asking = tale.asks("capture", key=key, body=body)
    return tale.operates("capture", charge, amount, command=tale.command("capture", key)), asking


def captures(tale: Tale, charge: Try) -> None:
    """The whole amount, from the call to the 200."""
    part, asking = capturing(tale, charge)
    done(part)
    asking.answered(200, shows_captured(tale))


# Refunds.


def refund_of(tale: Tale, refund: Try, status: str) -> dict[str, Any]:
    """A refund as it is told."""
    return {
        "id": f"re_{refund.operation.replace('-', '')}",
        "object": "refund",
        "payment": f"pay_{tale.id.replace('-', '')}",
        "status": status,
        "amount": refund.amount,
        "currency": tale.currency,
    }


def asks_refund(tale: Tale, key: str, amount: int | None = None, **other: Any) -> Asking:
    body = {} if amount is None else {"amount": amount}
    return tale.asks("refund", key=key, body=body, **other)


def refunding(
    tale: Tale, charge: Try, amount: int, client_key: str = "refund-1", **other: Any
) -> tuple[Try, Asking]:
    """Asked for and on record, not sent yet."""
    asking = asks_refund(tale, client_key, amount)
    command = tale.command("refund", client_key)
    return tale.operates("refund", charge, amount, command=command, **other), asking


def refunds(tale: Tale, charge: Try, amount: int, key: str) -> Try:
    """A refund from the call to the 201; what is shown afterwards is the caller's to tell."""
    refund, asking = refunding(tale, charge, amount, key)
    done(refund)
    asking.answered(201, refund_of(tale, refund, "succeeded"))
    return refund


def shows_refunded(tale: Tale, refunded: int, *these: Try) -> dict[str, Any]:
    """Captured, with these refunds done; `refunded`: what they come to."""
    told = [refund_of(tale, one, "succeeded") for one in these]
    return tale.shows("succeeded", refunds=told, **taken(tale, refunded=refunded))


def refused_refund(tale: Tale, amount: int, code: str = "refund_exceeds_captured") -> Asking:
    """Asked for as refund-1, and a refusal is on record; not answered yet."""
    asking = asks_refund(tale, "refund-1", amount)
    tale.stored(
        "CommandRefused", command=tale.command("refund", "refund-1"),
        code=code, detail="",
    )  # fmt: skip
    return asking


# Cancellations.


def cancels(tale: Tale, status: str = "pending_verification") -> None:
    """Wanted, on record, answered 202 with the payment still in this status."""
    cancel = tale.asks("cancel", key="cancel-1")
    tale.stored("CancelRequested", command=tale.command("cancel", "cancel-1"))
    cancel.answered(202, tale.shows(status, cancel_requested=True))


def canceled_by_refund(tale: Tale, charge: Try) -> dict[str, Any]:
    """What was captured goes back, and the payment is canceled."""
    compensated(tale.operates("refund", charge, means="refund"))
    tale.stored("PaymentCanceled")
    amounts = taken(tale, refunded=tale.amount)
    return tale.shows("canceled", cancel_requested=True, **amounts)
