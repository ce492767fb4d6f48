"""What of a payment waits for a person, and why an operator's word about it may not count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from domain.payment.attempt import Attempt
from domain.payment.kept import kept_unwanted
from domain.payment.state import Conflicted, Known

CONFLICTED: Final = "amount_differs"  # why a conflicted payment is looked at


class ResolveRejected(Exception):
    """An operator's word that does not count. `code` is stable, the text is for people.

    ResolveRejected
    +-- NothingToReview     nothing_to_review
    +-- ReviewNotNamed      review_not_named
    +-- OutcomeDoesNotFit   outcome_does_not_fit
    +-- AmountDoesNotFit    amount_does_not_fit
    +-- Contradicted        contradicted
    +-- TryStillOpen        try_still_open
    +-- MustBeCarriedOut    must_be_carried_out
    """

    code: ClassVar[str] = "rejected"


class NothingToReview(ResolveRejected):
    code = "nothing_to_review"


class ReviewNotNamed(ResolveRejected):
    code = "review_not_named"


class OutcomeDoesNotFit(ResolveRejected):
    code = "outcome_does_not_fit"


class AmountDoesNotFit(ResolveRejected):
    code = "amount_does_not_fit"


class Contradicted(ResolveRejected):
    code = "contradicted"


class TryStillOpen(ResolveRejected):
    code = "try_still_open"


class MustBeCarriedOut(ResolveRejected):
    code = "must_be_carried_out"


@dataclass(frozen=True, slots=True)
class Review:
    """One thing that waits for a person: the try that it is about, and why it waits."""

    key: UUID
    reason: str


def open_reviews(payment: Known) -> list[Review]:
    return [
        one for attempt in payment.facts.attempts.values() for one in reviews_of(payment, attempt)
    ]


def reviews_of(payment: Known, attempt: Attempt) -> Iterator[Review]:
    facts = payment.facts
    if attempt.under_review and facts.reviewable(attempt):
        yield Review(attempt.key, attempt.review or "")
    if attempt.handed_over is not None and kept_unwanted(facts, attempt):
        yield Review(attempt.key, attempt.handed_over)
    conflicted = isinstance(payment, Conflicted) and payment.hold.key == attempt.key
    if conflicted and CONFLICTED not in attempt.resolved:
        yield Review(attempt.key, CONFLICTED)


def named(payment: Known, key: UUID | None) -> UUID:
    """The try whose review is meant; without `key`, the only one. Raises NothingToReview,
    ReviewNotNamed."""
    if key is not None:
        return key
    keys = {one.key for one in open_reviews(payment)}
    if not keys:
        raise NothingToReview("nothing of this payment waits for a person")
    if len(keys) > 1:
        raise ReviewNotNamed("several tries of this payment are under review: name the one")
    return keys.pop()
