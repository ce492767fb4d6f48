"""What a gateway said, classified. Silence is not here: a port raises it (ports/gateways.py).

A definite no (Declined, NotProcessed) speaks of one send, not of the key: domain/payment decides
what it proves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from domain.money import Money


@dataclass(frozen=True, slots=True)
class Captured:
    """The money was taken. `amount` is what the gateway reports, not what was asked."""

    reference: str  # the gateway's own id of the charge
    amount: Money


@dataclass(frozen=True, slots=True)
class Authorized:
    """The money is held for a later capture."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Pending:
    """The gateway took the request and will know later; a look-up tells."""

    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """The payer's bank or instrument said no. It does not count against the gateway's health."""

    code: str  # ours: insufficient_funds, expired_card, do_not_honor, ...
    network_code: str | None = None
    message: str = ""
    advice: str = "do_not_try_again"  # or try_again_later, confirm_card_data
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotProcessed:
    """The gateway, or the way to it, refused before anything happened.

    `transient`: the same gateway may be asked again, not before `retry_after_s`.
    """

    code: str
    message: str = ""
    transient: bool = True
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A capture, void or refund was carried out."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Lapsed:
    """There is nothing left to void: the gateway has let go of the hold by itself."""


ChargeAnswer: TypeAlias = Captured | Authorized | Pending | Declined | NotProcessed
OperationAnswer: TypeAlias = Done | Lapsed | Pending | Declined | NotProcessed
Answer: TypeAlias = ChargeAnswer | OperationAnswer


@dataclass(frozen=True, slots=True)
class Absent:
    """The gateway knows nothing under this key. Final only where its capabilities say so."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A confirmed cancel by key: nothing was charged under it and nothing ever can be."""


LookedUp: TypeAlias = Captured | Authorized | Done | Pending | Declined | Absent
CancelAnswer: TypeAlias = Captured | Authorized | Pending | Declined | Blocked
