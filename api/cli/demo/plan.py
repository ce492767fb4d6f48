"""What the demo sends, and when which gateway breaks. Data and draws only, the same every time."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, Final

SECONDS: Final = 24
PAYMENTS_PER_S: Final = 10
OUTAGE_AT_S: Final = 10
OUTAGE_FOR_S: Final = 7
BROKEN_GATEWAY: Final = "razorpay"  # the first choice of most payments

METHODS: Final = ("card", "upi", "netbanking", "wallet")
METHOD_WEIGHTS: Final = (5, 3, 1, 1)
BANKS: Final = ("HDFC", "ICICI", "SBI", "AXIS", "KOTAK")

# Every so many payments one of these happens for sure (docs/simulator.md).
TROUBLE: Final = (
    (37, "tok_lost_charged"),
    (53, "tok_error_charged"),
    (61, "tok_late_charged"),
    (83, "tok_lost_not_charged"),
    (29, "tok_insufficient_funds"),
    (71, "tok_pending_captured"),
)
TWIN_EVERY: Final = 13  # sent twice at the same moment, with the same key
REFUND_EVERY: Final = 17
MANUAL_EVERY: Final = 11


@dataclass(frozen=True, slots=True)
class Planned:
    """One payment of the demo."""

    number: int
    body: dict[str, Any]
    twin: bool
    refund: bool

    @property
    def manual(self) -> bool:
        return bool(self.body["capture_method"] == "manual")


def plan(run: str) -> list[Planned]:
    """`run` makes the customers' references of this run its own."""
    draw = random.Random(20261121)
    return [
        _planned(number, run, draw, draw.choices(METHODS, METHOD_WEIGHTS)[0])
        for number in range(1, SECONDS * PAYMENTS_PER_S + 1)
    ]


def _planned(number: int, run: str, draw: random.Random, kind: str) -> Planned:
    token = next((name for every, name in TROUBLE if number % every == 0), f"tok_demo_{number}")
    manual = number % MANUAL_EVERY == 0
    body = {
        "amount": draw.randrange(100, 50_000, 100),
        "currency": draw.choice(["EUR", "USD", "INR"]),
        "capture_method": "manual" if manual else "automatic",
        "customer": f"customer-{number % 40}",
        "payment_method": {"type": kind, "token": token, "bank": draw.choice(BANKS)},
        "metadata": {"order": f"{run}-{number}"},
    }
    return Planned(number, body, number % TWIN_EVERY == 0, number % REFUND_EVERY == 0)
