"""What a signed claim makes of a payment: which tries must be looked up, and, where its gateway
offers no look-up, what the claim settles by itself.

A negative claim never takes a charge for not charged; that is all that it may not do.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from domain.gateway.answers import (
    Answer,
    Authorized,
    Captured,
    Declined,
    Done,
    Pending,
    Undone,
)
from domain.gateway.claims import Claim
from domain.money import Money
from domain.payment.attempt import Attempt, Hold
from domain.payment.decisions.answers import record_answer
from domain.payment.decisions.observing import record_movement
from domain.payment.decisions.undoing import found_undone
from domain.payment.events import Means, PaymentEvent
from domain.payment.kept import standing_charge
from domain.payment.state import Facts

DONE: Final = "succeeded"
UNDONE: Final = "reversed"
NOT_DONE: Final = ("declined", "failed")
MEANS: Final[dict[str, Means]] = {"capture": "capture", "void": "void", "refund": "refund"}
# What a claim may say of a try that stands without telling anything new; notices are late, and
# overtake each other.
AS_KNOWN: Final = ("pending", "authorized", DONE)


def doubted(facts: Facts, claim: Claim, gateway: str) -> list[UUID]:
    """Tries that stand and of which the claim may tell something else than is on record: its own
    key, or every charge at that gateway where its key is none of ours."""
    attempt = None if claim.key is None else facts.attempts.get(claim.key)
    if attempt is None:
        standing = (one.key for one in facts.charges if one.started.gateway == gateway)
        return [key for key in standing if standing_charge(facts, key) is not None]
    if attempt.started.gateway != gateway or _is_as_known(facts, attempt, claim):
        return []
    return [attempt.key]


def _is_as_known(facts: Facts, attempt: Attempt, claim: Claim) -> bool:
    hold = standing_charge(facts, attempt.key)
    if hold is None and not attempt.stands:
        return True  # it is looked up anyway
    if claim.status == "captured":
        return hold is not None and not facts.taken(hold, settled=True).is_zero
    return claim.status in AS_KNOWN


def record_claim(facts: Facts, claim: Claim, gateway: str, *, now: datetime) -> list[PaymentEvent]:
    """Of a gateway that offers no look-up: [] unless the claim is complete. Raises
    AnswerDoesNotFit."""
    if claim.amount is None or claim.reference is None or claim.kind is None:
        return []
    attempt = None if claim.key is None else facts.attempts.get(claim.key)
    if attempt is None:
        return _moved_beside(facts, claim, claim.amount, claim.reference, gateway, now)
    started = attempt.started
    same_place = (started.gateway, started.account) == (gateway, claim.account)
    if not same_place or attempt.means != claim.kind:
        return []
    if claim.status == UNDONE:
        undone = Undone(claim.reference, claim.amount)
        return found_undone(facts, attempt, undone, evidence="notice", now=now)
    answer = _answer(claim, claim.amount, claim.reference)
    if answer is None:
        return []
    return record_answer(facts, attempt.key, answer, evidence="notice", now=now)


def _answer(claim: Claim, amount: Money, reference: str) -> Answer | None:
    is_charge = claim.kind == "charge"
    match claim.status:
        case "captured" if is_charge:
            return Captured(reference, amount)
        case "authorized" if is_charge:
            return Authorized(reference, amount)
        case "pending":
            return Pending(reference)
        case status if is_charge:
            return None  # whatever it says: it is no proof that nothing was charged
        case "succeeded":
            return Done(reference, amount)
        case status if status in NOT_DONE:
            return Declined(code=f"notice_{status}", reference=reference)
    return None


def _moved_beside(
    facts: Facts, claim: Claim, amount: Money, reference: str, gateway: str, now: datetime
) -> list[PaymentEvent]:
    """Under none of our keys. A notice comes more than once: the gateway's reference tells."""
    hold = _named(facts, claim, gateway)
    means = MEANS.get(claim.kind or "")
    known = any(one.reference == reference for one in facts.foreign)
    if hold is None or means is None or known or claim.status != DONE or amount.is_zero:
        return []
    if amount.currency != hold.amount.currency:
        return []
    return record_movement(
        facts, hold, means, amount, reference=reference, source="notice", now=now
    )


def _named(facts: Facts, claim: Claim, gateway: str) -> Hold | None:
    """The charge that the claim names by the gateway's reference, at that gateway and account."""
    holds = (standing_charge(facts, one.key) for one in facts.charges)
    place = (gateway, claim.account, claim.charge)
    return next(
        (one for one in holds if one and (one.gateway, one.account, one.reference) == place), None
    )
