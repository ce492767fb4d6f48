"""The end of a review: what an operator says became of what nobody could find out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from domain.money import Money
from domain.payment.events.shapes import CommandRef

ReviewOutcome: TypeAlias = Literal[
    "charged", "not_charged", "done", "not_done", "given_back", "acknowledged"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorsWord:
    """Who says what, why, and by what evidence. `reference` and `amount`: of what was done;
    `captured`: of a charge, whether the money was taken or is only held."""

    operator: str
    outcome: ReviewOutcome
    reason: str
    evidence: str
    reference: str | None = None
    amount: Money | None = None
    captured: bool | None = None

    def says_the_same(self, other: OperatorsWord) -> bool:
        """Whoever says it, and whatever the reasons are."""
        return _said(self) == _said(other)


def _said(word: OperatorsWord) -> tuple[object, ...]:
    return word.outcome, word.reference, word.amount, word.captured


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveProposed:
    """So much money that a second operator must say the same before it counts. `review`: the
    reason of the review, `key` the try that it is about."""

    command: CommandRef
    key: UUID
    review: str
    word: OperatorsWord
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewResolved:
    """The review is over. `first`: the operator who said the same before, where two were needed;
    `confirmed`: it was on record already, or the gateway itself said so."""

    command: CommandRef
    key: UUID
    review: str
    word: OperatorsWord
    first: str | None
    confirmed: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolveRefused:
    """An operator's word that does not count; the review goes on. `key`: null where it was not
    told which review was meant."""

    command: CommandRef
    key: UUID | None
    word: OperatorsWord
    code: str
    detail: str
    at: datetime
