"""What a gateway's words mean in ours. Data only; classify.py reads it.

A row counts only where the answer itself is definite: `charged: false`, or a declined charge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, TypeAlias

AGAIN_LATER: Final = "try_again_later"
NOT_AGAIN: Final = "do_not_try_again"
CHECK_DATA: Final = "confirm_card_data"


@dataclass(frozen=True, slots=True)
class Decline:
    """The payer's bank or instrument said no. `network_code` where the answer names none."""

    code: str
    advice: str = NOT_AGAIN
    network_code: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """The gateway processed nothing. `transient`: it may be asked again soon."""

    code: str
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Expiry:
    """The gateway has let go of the hold: a void has nothing left to do, and a capture fails."""

    code: str


Meaning: TypeAlias = Decline | Refusal | Expiry


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorTable:
    """By the gateway's code; else, for a refusal, by HTTP status; else final."""

    codes: Mapping[str, Meaning]
    transient_statuses: frozenset[int]
    other_decline: Decline = Decline("generic_decline")
    other_refusal: str = "refused"


_DECLINES: Final = (
    Decline("insufficient_funds", AGAIN_LATER, "51"),
    Decline("do_not_honor", NOT_AGAIN, "05"),
    Decline("expired_card", CHECK_DATA, "54"),
    Decline("limit_exceeded", AGAIN_LATER, "61"),
    Decline("incorrect_pin", CHECK_DATA, "55"),
    Decline("suspected_fraud", NOT_AGAIN, "59"),
    Decline("canceled"),
)
_REFUSALS: Final = (
    Refusal("unavailable", transient=True),
    Refusal("throttled", transient=True),
    Refusal("overloaded", transient=True),
    Refusal("books_unwritable", transient=True),
    Refusal("books_full"),
    Refusal("maintenance"),
    Refusal("malformed"),
    Refusal("too_large"),
    Refusal("idempotency_key_missing"),
    Refusal("idempotency_key_mismatch"),
    Refusal("key_reused"),
    Refusal("key_canceled"),
    Refusal("method_not_supported"),
    Refusal("no_such_charge"),
    Refusal("charge_declined"),
    Refusal("charge_pending", transient=True),
    Refusal("capture_refused"),
    Refusal("amount_too_large"),
    Refusal("nothing_to_capture"),
    Refusal("nothing_to_void"),
    Refusal("nothing_to_refund"),
)
_EXPIRIES: Final = (Expiry("authorization_expired"),)
SIMULATOR_ERRORS: Final = ErrorTable(
    codes=MappingProxyType({row.code: row for row in (*_DECLINES, *_REFUSALS, *_EXPIRIES)}),
    transient_statuses=frozenset({408, 425, 429, 500, 502, 503, 504}),
)
