"""How tries and payments go on and end, in steps that many histories share."""

from __future__ import annotations

from typing import Any

from tests.simulation.histories.asking import Asking
from tests.simulation.histories.tale import Request, Tale, Try

# A try.


def went_through(charge: Try) -> None:
    """Sent, captured, heard of."""
    charge.sent().booked("captured").replied()
    charge.succeeded()


def paid(charge: Try, asking: Asking) -> None:
    """It went through, and the client hears 201."""
    went_through(charge)
    asking.answered(201, shows_captured(charge.tale))


def authorized(charge: Try, asking: Asking) -> None:
    """The money is held, and the client hears 201."""
    tale = charge.tale
    charge.sent().booked("authorized").replied()
    charge.succeeded()
    asking.answered(201, tale.shows("requires_capture", amount_authorized=tale.amount))


def refused(attempt: Try) -> None:
    """Sent, and refused for this request alone."""
    attempt.sent().booked("refused", charge=None).replied(status=503)
    attempt.failed()


def found(attempt: Try) -> None:
    """A look-up finds it done."""
    attempt.sent(kind="look_up").replied()
    attempt.succeeded("look_up")


def absent(charge: Try) -> None:
    """A look-up finds nothing, and that is believed."""
    charge.sent(kind="look_up").replied(status=404)
    charge.failed("absence", "absent")


def blocked(charge: Try, **sent: Any) -> None:
    """Its key is canceled at the gateway, which had not charged."""
    charge.sent(kind="cancel", **sent).booked("blocked", charge=None).replied()
    charge.failed("cancel_by_key", "canceled")


def repeated(charge: Try, *, first: bool = False, **sent: Any) -> None:
    """Sent again with its key, and captured; `first`: nothing had arrived before."""
    charge.repeated()
    charge.sent(**sent).booked("captured", first=first).replied()
    charge.succeeded("repeat")


def crashed(charge: Try, asking: Asking, before: str) -> None:
    """The process of the API dies, and its client never hears."""
    charge.tale.story.note("crashed", process="api", owner="api-1", before=before)
    asking.lost()


def done(operation: Try, *, first: bool = True, **succeeded: Any) -> None:
    """Sent, done, heard of."""
    operation.sent().booked("done", first=first).replied()
    operation.succeeded(**succeeded)


def compensated(back: Try) -> None:
    done(back, kind="CompensationSucceeded")


# A payment.


def taken(tale: Tale, refunded: int = 0, captured: int | None = None) -> dict[str, int]:
    """The amounts of a payment whose money was taken."""
    return {
        "amount_authorized": tale.amount,
        "amount_captured": tale.amount if captured is None else captured,
        "amount_refunded": refunded,
    }


def shows_captured(tale: Tale) -> dict[str, Any]:
    """The whole amount was taken, and nothing given back."""
    return tale.shows("succeeded", **taken(tale))


def not_charged(tale: Tale) -> None:
    """Failed in the background."""
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    tale.shows("failed")


def copy_given_back(copy: Request, charge: Try) -> None:
    """The network's copy of a refused charge is taken after all, found out, and given back."""
    copy.booked("captured")
    charge.sent(kind="look_up").replied()
    charge.succeeded("look_up", kind="LateSuccessObserved")
    compensated(charge.tale.operates("refund", charge, means="refund", owner="worker-2"))
    shows_captured(charge.tale)


def gave_up(tale: Tale, asking: Asking, code: str = "no_gateway_available") -> None:
    """Failed, and the client hears 402."""
    tale.stored("PaymentFailed", code=code, retryable=True)
    asking.answered(402, tale.shows_failed(code))
