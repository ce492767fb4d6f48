"""Money that stands at a gateway although nobody wants it, and that was not given back."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from domain.money import Money
from domain.payment.attempt import Attempt, Hold, standing
from domain.payment.events import AttemptSucceeded
from domain.payment.holding import is_let_go
from domain.payment.state import Facts


def standing_charge(facts: Facts, key: UUID) -> Hold | None:
    """The charge that stands under this key, wanted or not; None where none does."""
    attempt = facts.attempts.get(key)
    if attempt is not None and isinstance(attempt.verdict, AttemptSucceeded):
        return standing(attempt.started, attempt.verdict)
    return next((one for one in facts.strays if one.key == key), None)


def to_take_back(facts: Facts, hold: Hold) -> tuple[Literal["void", "refund"], Money] | None:
    """By which means, and how much, this charge would be given back as it stands now: first what
    was taken, then what is held. None where nothing of it is left."""
    taken = facts.taken(hold, settled=True)
    given = facts.by_means(hold, "refund", settled=True)
    if given < taken:
        return "refund", taken - given
    left = held(facts, hold)
    return None if left.is_zero else ("void", left)


def held(facts: Facts, hold: Hold) -> Money:
    """What the gateway still holds of it, as far as is settled."""
    if hold.captured_at_once or is_let_go(facts, hold):
        return hold.amount.zero()
    gone = facts.by_means(hold, "capture", settled=True)
    gone += facts.by_means(hold, "void", settled=True)
    return hold.amount - gone if gone < hold.amount else hold.amount.zero()


def kept_unwanted(facts: Facts, charge: Attempt) -> bool:
    """Of a try of the charge; anything else is never kept."""
    stray = any(one.key == charge.key for one in facts.strays)
    canceled = facts.unwanted and charge.kind == "charge" and charge.stands
    hold = standing_charge(facts, charge.key) if stray or canceled else None
    return hold is not None and to_take_back(facts, hold) is not None
