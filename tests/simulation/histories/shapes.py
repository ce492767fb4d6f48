"""Beginnings that many histories share."""

from __future__ import annotations

from typing import Any

from tests.simulation.histories.asking import Asking
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale, Try


def captured(story: Story, **members: Any) -> tuple[Tale, Try]:
    """Asked, charged at once, answered 201."""
    tale = Tale(story, **members)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent().booked("captured").replied()
    charge.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return tale, charge


def held(story: Story, **members: Any) -> tuple[Tale, Try]:
    """Asked, authorized, answered 201."""
    tale = Tale(story, capture="manual", **members)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent().booked("authorized").replied()
    charge.succeeded()
    asking.answered(201, tale.shows("requires_capture", amount_authorized=tale.amount))
    return tale, charge


def unheard(story: Story, *, booked: str | None = "captured", **members: Any) -> tuple[Tale, Try]:
    """Asked and sent, `booked` by the gateway (None: lost on the way there), never heard of,
    answered 202."""
    tale = Tale(story, **members)
    asking = tale.asks()
    charge = tale.begins()
    request = charge.sent()
    if booked:
        request.booked(booked).replied(arrives=False)
    story.wait(8.0)
    charge.unknown()
    asking.answered(202, tale.shows("pending_verification"))
    return tale, charge


def failing(story: Story, **members: Any) -> tuple[Tale, Try, Asking]:
    """Asked, and refused by the first gateway for this request alone; not answered yet."""
    tale = Tale(story, **members)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent().booked("refused", charge=None).replied(status=503)
    charge.failed()
    return tale, charge, asking


def taken(tale: Tale, refunded: int = 0, captured: int | None = None) -> dict[str, int]:
    """The amounts of a payment whose money was taken."""
    return {
        "amount_authorized": tale.amount,
        "amount_captured": tale.amount if captured is None else captured,
        "amount_refunded": refunded,
    }


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


def refunds(tale: Tale, charge: Try, amount: int, key: str) -> Try:
    """A refund from the call to the 201; what is shown afterwards is the caller's to tell."""
    asking = asks_refund(tale, key, amount)
    refund = tale.operates("refund", charge, amount, command=tale.command("refund", key))
    refund.sent().booked("done").replied()
    refund.succeeded()
    asking.answered(201, refund_of(tale, refund, "succeeded"))
    return refund
