"""The facts of payments by name, their newest schema versions, and the upcasters to these."""

from __future__ import annotations

from typing import Final, get_args

from domain.event_types import Body, EventTypes, UnknownEvent, Upcaster, adds
from domain.payment.events import PaymentEvent

__all__ = [
    "NEWEST",
    "PAYMENT_EVENTS",
    "TYPES",
    "UPCASTERS",
    "Body",
    "UnknownEvent",
    "newest_version",
    "upcast",
]

TYPES: Final[dict[str, type]] = {one.__name__: one for one in get_args(PaymentEvent)}

# Only what has moved beyond version 1 stands here.
NEWEST: Final[dict[str, int]] = {"AttemptStarted": 2, "ReviewRequested": 2}
UPCASTERS: Final[dict[tuple[str, int], Upcaster]] = {
    ("AttemptStarted", 1): adds(captures=None),
    ("ReviewRequested", 1): adds(about="try"),
}

PAYMENT_EVENTS: Final = EventTypes(types=TYPES, newest=NEWEST, upcasters=UPCASTERS)

newest_version = PAYMENT_EVENTS.newest_version
upcast = PAYMENT_EVENTS.upcast
