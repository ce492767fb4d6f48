"""What a gateway said, classified. Silence is not here: a port raises it (ports/gateways.py).

A definite no (Declined, NotProcessed) speaks of one send, not of the key: domain/payment decides
what it proves. Whatever words an adapter puts in, what comes out was let through the door for
words from outside (domain/outside.py); references are the gateway's identifiers and stay.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from domain.money import Money
from domain.outside import word, words

REFERENCE_CHARACTERS_MAX: Final = 128


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """What became of a charge, in minor units, whoever asked for it. `authorized`: what of it
    still stands, held or taken; `captured` and `refunded`: less what was undone."""

    authorized: int
    captured: int
    refunded: int
    currency: str


@dataclass(frozen=True, slots=True)
class Captured:
    """The money was taken. `amount` is what the gateway reports, not what was asked."""

    reference: str  # the gateway's own id of the charge
    amount: Money
    sums: Sums | None = field(default=None, compare=False)  # of a look-up


@dataclass(frozen=True, slots=True)
class Authorized:
    """The money is held for a later capture."""

    reference: str
    amount: Money
    sums: Sums | None = field(default=None, compare=False)  # of a look-up


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

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", word(self.code))
        object.__setattr__(self, "message", words(self.message))
        if self.network_code is not None:
            object.__setattr__(self, "network_code", word(self.network_code))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotProcessed:
    """The gateway, or the way to it, refused before anything happened.

    `transient`: the same gateway may be asked again, not before `retry_after_s`.
    """

    code: str
    message: str = ""
    transient: bool = True
    retry_after_s: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", word(self.code))
        object.__setattr__(self, "message", words(self.message))


@dataclass(frozen=True, slots=True)
class Done:
    """A capture, void or refund was carried out."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """It was done, or a charge stands, and the answer does not tell how much or under which
    reference: a person must look. Never a reason to ask another gateway."""

    reference: str  # as far as it could be read
    what: str  # amount_unreadable | reference_unreadable
    held: bool = False  # of a charge: only held, not taken

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", words(self.reference, REFERENCE_CHARACTERS_MAX))


@dataclass(frozen=True, slots=True)
class Undone:
    """It was done, and was undone later, by so much: a refund that did not reach the payer, a
    capture that fell through."""

    reference: str
    amount: Money


@dataclass(frozen=True, slots=True)
class Lapsed:
    """There is nothing left to void: the gateway has let go of the hold by itself."""


ChargeAnswer: TypeAlias = Captured | Authorized | Unclear | Pending | Declined | NotProcessed
OperationAnswer: TypeAlias = Done | Lapsed | Unclear | Pending | Declined | NotProcessed
Answer: TypeAlias = ChargeAnswer | OperationAnswer


@dataclass(frozen=True, slots=True)
class Absent:
    """The gateway knows nothing under this key. Final only where its capabilities say so."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """A confirmed cancel by key: nothing was charged under it and nothing ever can be."""


LookedUp: TypeAlias = Captured | Authorized | Done | Undone | Unclear | Pending | Declined | Absent
CancelAnswer: TypeAlias = Captured | Authorized | Unclear | Pending | Declined | Blocked
