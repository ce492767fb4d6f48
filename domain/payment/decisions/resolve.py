"""What an operator's word makes of what is under review. It settles, and never starts a charge.

The gateway was asked once more: what it told is in the facts already, as far as it proves
something, and `found` is its answer. An operator is believed where neither says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.gateway.answers import (
    Absent,
    Answer,
    Authorized,
    Captured,
    Declined,
    Done,
    LookedUp,
    NotProcessed,
    Unclear,
)
from domain.payment.attempt import Attempt
from domain.payment.decisions.answers import AnswerDoesNotFit, record_answer
from domain.payment.decisions.closing import give_up, never_given_up
from domain.payment.decisions.observing import record_movement
from domain.payment.events import AttemptSucceeded, OperationSucceeded, OperatorsWord, PaymentEvent
from domain.payment.kept import kept_unwanted, standing_charge, to_take_back
from domain.payment.reviews import (
    AmountDoesNotFit,
    Contradicted,
    MustBeCarriedOut,
    NothingToReview,
    OutcomeDoesNotFit,
    Review,
    TryStillOpen,
    reviews_of,
)
from domain.payment.rules import Rules
from domain.payment.state import Facts, Known


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """`facts`: what the word settles; [] where that is on record already (`confirmed`) or where
    there is nothing to settle."""

    review: Review
    facts: list[PaymentEvent]
    confirmed: bool = False


def rule(
    payment: Known, key: UUID, word: OperatorsWord, found: LookedUp | None, *, now: datetime
) -> Ruling:
    """Raises ResolveRejected."""
    attempt = payment.facts.attempts.get(key)
    if attempt is None:
        raise NothingToReview("this payment has no such try")
    reviews = list(reviews_of(payment, attempt))
    match word.outcome:
        case "given_back":
            return _given_back(payment.facts, attempt, reviews, word, now)
        case "acknowledged":
            return _acknowledged(payment.facts, attempt, reviews)
        case _:
            return _settled(payment.facts, attempt, word, found, now)


def needs_another(attempt: Attempt, ruling: Ruling, word: OperatorsWord, rules: Rules) -> bool:
    """So much money that two operators must say the same, and no other one did so far."""
    if ruling.confirmed or not rules.is_much(attempt.started.amount, word.amount):
        return False
    before = attempt.proposed
    return (
        before is None
        or before.review != ruling.review.reason
        or before.word.operator == word.operator
        or not before.word.says_the_same(word)
    )


def first_of_two(attempt: Attempt, ruling: Ruling, word: OperatorsWord, rules: Rules) -> str | None:
    """Who said the same before, where two were needed and this is the second."""
    two = not ruling.confirmed and rules.is_much(attempt.started.amount, word.amount)
    return attempt.proposed.word.operator if two and attempt.proposed is not None else None


def _given_back(
    facts: Facts, attempt: Attempt, reviews: list[Review], word: OperatorsWord, now: datetime
) -> Ruling:
    """A movement under none of our keys, known from the one who made it."""
    mine = [one for one in reviews if one.reason == attempt.handed_over]
    hold = standing_charge(facts, attempt.key)
    left = None if hold is None else to_take_back(facts, hold)
    if not mine or hold is None or left is None or not kept_unwanted(facts, attempt):
        raise OutcomeDoesNotFit("no charge of this try waits to be given back by a person")
    means, amount = left
    if word.amount != amount or word.reference is None:
        raise AmountDoesNotFit(f"{amount} stand at the gateway, and all of it must be given back")
    moved = record_movement(
        facts, hold, means, amount, reference=word.reference, source="operator", now=now
    )
    return Ruling(review=mine[0], facts=moved)


def _acknowledged(facts: Facts, attempt: Attempt, reviews: list[Review]) -> Ruling:
    """Of what is settled: a person has seen it, and there is nothing to settle."""
    seen = [one for one in reviews if one.reason != attempt.handed_over]
    if not seen:
        raise NothingToReview("nothing of this try waits to be seen by a person")
    if facts.unsettled(attempt):
        raise OutcomeDoesNotFit("this try is not settled: say what became of it")
    return Ruling(review=seen[0], facts=[])


def _settled(
    facts: Facts, attempt: Attempt, word: OperatorsWord, found: LookedUp | None, now: datetime
) -> Ruling:
    if not attempt.under_review:
        raise NothingToReview("this try is not under review, or is so no more")
    yes, no = ("charged", "not_charged") if attempt.kind == "charge" else ("done", "not_done")
    if word.outcome not in (yes, no):
        raise OutcomeDoesNotFit(f"of a {attempt.kind}, say {yes} or {no}")
    done, review = word.outcome == yes, Review(attempt.key, attempt.review or "")
    if attempt.is_open:
        _must_not_contradict(word, found, done=done)
        return Ruling(review=review, facts=_settle(facts, attempt, word, now, done=done))
    if facts.unsettled(attempt):
        return Ruling(review=review, facts=_end(facts, attempt, word, now, done=done))
    _must_be_so(facts, attempt, word, done=done)
    return Ruling(review=review, facts=[], confirmed=True)


def _must_not_contradict(word: OperatorsWord, found: LookedUp | None, *, done: bool) -> None:
    """What settles a try has settled it. What is left proves nothing by itself, but a gateway that
    has the request and is deciding, or did something, has not done nothing."""
    if found is None or isinstance(found, Absent | Declined):
        return
    if not done:
        raise Contradicted("the gateway knows this request, and does not say that it did nothing")
    readable = isinstance(found, Unclear) and found.what == "amount_unreadable"
    if readable and getattr(found, "reference", None) != word.reference:
        raise Contradicted("the gateway names another reference")


def _settle(
    facts: Facts, attempt: Attempt, word: OperatorsWord, now: datetime, *, done: bool
) -> list[PaymentEvent]:
    """The open try, as if the gateway had said so itself."""
    settled = _recorded(facts, attempt, _answer(attempt, word, done=done), now)
    operation = facts.operations.get(attempt.started.operation)
    if done or operation is None or operation.state != "open":
        return settled
    return [*settled, *give_up(operation, word.outcome, now=now)]


def _end(
    facts: Facts, attempt: Attempt, word: OperatorsWord, now: datetime, *, done: bool
) -> list[PaymentEvent]:
    """The operation between tries, which the gateway refuses for ever."""
    operation = facts.operations[attempt.started.operation]
    if facts.attempts[operation.last_key].is_open:
        raise TryStillOpen("a later try of it is open: say first what became of that one")
    if done:
        return _recorded(facts, attempt, _answer(attempt, word, done=True), now)
    if never_given_up(operation):
        raise MustBeCarriedOut("it is tried until it is done: say so when it was done by hand")
    return give_up(operation, word.outcome, now=now)


def _recorded(facts: Facts, attempt: Attempt, answer: Answer, now: datetime) -> list[PaymentEvent]:
    try:
        return record_answer(facts, attempt.key, answer, evidence="operator", now=now)
    except AnswerDoesNotFit as misfit:
        raise AmountDoesNotFit(str(misfit)) from misfit


def _answer(attempt: Attempt, word: OperatorsWord, *, done: bool) -> Answer:
    if not done:
        return NotProcessed(code=word.outcome, message=word.reason, transient=False)
    if word.reference is None or word.amount is None:
        raise AmountDoesNotFit("what was done has a reference and an amount")
    if word.amount.currency != attempt.started.amount.currency:
        raise AmountDoesNotFit(f"this payment is in {attempt.started.amount.currency}")
    if attempt.kind != "charge":
        return Done(word.reference, word.amount)
    return (Authorized if word.captured is False else Captured)(word.reference, word.amount)


def _must_be_so(facts: Facts, attempt: Attempt, word: OperatorsWord, *, done: bool) -> None:
    """It was settled since, by the gateway's own word: that stands."""
    verdict = attempt.verdict
    stands = next((one for one in facts.strays if one.key == attempt.key), None)
    known = verdict if isinstance(verdict, AttemptSucceeded | OperationSucceeded) else stands
    if done != (known is not None):
        raise Contradicted("it was settled since, and what is on record says otherwise")
    if known is not None and (known.reference, known.amount) != (word.reference, word.amount):
        raise Contradicted(f"{known.amount} under {known.reference} is on record")
