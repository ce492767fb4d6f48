"""Whether a payment ended safely: as the books say, or in the hands of a person. What was lied
about may also have been given back. Knows the view and the books, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.gateways.hostile.books import Charge

OPEN: Final = ("processing", "pending_verification")
ENDED: Final = ("failed", "canceled", "expired")


def faults(view: dict[str, Any], charges: Sequence[Charge], *, lied: bool) -> list[str]:
    """What is wrong with the end of this payment, in words. [] for a safe end."""
    if len([one for one in charges if one.net > 0 or one.held > 0]) > 1:
        return ["more than one charge stands"]
    if view["needs_review"]:
        return []
    wrong = unlike(view, charges)
    return [] if lied and not any(one.net or one.held for one in charges) else wrong


def unlike(view: dict[str, Any], charges: Sequence[Charge]) -> list[str]:
    """Where the payment is not over as the books say, whether a person was asked or not."""
    return [*_open(view), *_other_than_booked(view, charges)]


def _open(view: dict[str, Any]) -> Iterator[str]:
    if view["status"] in OPEN:
        yield f"it is {view['status']}, and nobody was asked"
    for refund in view["refunds"]:
        if refund["status"] in ("pending", "unknown"):
            yield f"a refund is {refund['status']}, and nobody was asked"


def _other_than_booked(view: dict[str, Any], charges: Sequence[Charge]) -> Iterator[str]:
    net, held = sum(one.net for one in charges), sum(one.held for one in charges)
    kept = view["amount_captured"] - view["amount_refunded"]
    if kept != net:
        yield f"it says that {kept} were kept, the books say {net}"
    if view["status"] in ENDED and (net or held):
        yield f"it is {view['status']}, and {net} are taken and {held} held"
    if view["status"] == "requires_capture" and not held:
        yield "it waits for a capture, and nothing is held"
