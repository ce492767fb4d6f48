"""What an answer of a gateway makes of the try that it answers.

A definite no speaks of one send, not of the key: `Attempt.refusal_counts` says when it settles
the try. A positive answer always counts, whenever and however it comes.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.gateway.answers import (
    Answer,
    Authorized,
    Captured,
    Declined,
    Done,
    Lapsed,
    NotProcessed,
    Pending,
    Unclear,
)
from domain.payment.attempt import Attempt
from domain.payment.decisions.operation_answers import (
    AnswerDoesNotFit,
    let_go,
    operation_done,
)
from domain.payment.events import (
    AttemptDeclined,
    AttemptFailed,
    AttemptNotSent,
    AttemptPending,
    AttemptSucceeded,
    LateSuccessObserved,
    OutcomeUnknown,
    PaymentEvent,
    ReviewRequested,
)
from domain.payment.events.shapes import Evidence
from domain.payment.rules import TELLINGS_PER_TRY_MAX
from domain.payment.state import Facts


def record_answer(
    facts: Facts, key: UUID, answer: Answer, *, evidence: Evidence, now: datetime
) -> list[PaymentEvent]:
    """The facts that this answer adds; [] when it tells nothing new or proves nothing.

    Raises AnswerDoesNotFit.
    """
    attempt = facts.attempts[key]
    match answer:
        case Captured() | Authorized():
            return _charge_stands(facts, attempt, answer, evidence, now)
        case Done():
            return operation_done(facts, attempt, answer, evidence, now)
        case Lapsed():
            return let_go(facts, attempt, evidence, now)
        case Pending(reference=reference):
            if not attempt.is_open or attempt.pending == reference or _is_told_enough(attempt):
                return []
            return [AttemptPending(key=key, reference=reference, evidence=evidence, at=now)]
        case Unclear():
            return _unclear(facts, attempt, answer, evidence, now)
        case Declined():
            return _declined(attempt, answer, evidence, now)
        case NotProcessed():
            if not attempt.is_open or not _refusal_counts(attempt, evidence):
                return []
            return [failure(key, answer, evidence, now)]


def _unclear(
    facts: Facts, attempt: Attempt, answer: Unclear, evidence: Evidence, now: datetime
) -> list[PaymentEvent]:
    """Something was done. While the try is open, a person is asked how much, and whoever looks on
    may still be told; where it was settled as not done, at most what was asked for was."""
    key, asked = attempt.key, attempt.started.amount
    if not attempt.is_open and attempt.kind == "charge":
        stands = (Authorized if answer.held else Captured)(answer.reference, asked)
        return _charge_stands(facts, attempt, stands, evidence, now)
    if not attempt.is_open:
        return operation_done(facts, attempt, Done(answer.reference, asked), evidence, now)
    events: list[PaymentEvent] = []
    if attempt.pending is None:
        events += [AttemptPending(key=key, reference=answer.reference, evidence=evidence, at=now)]
    if attempt.review is None:
        events += [ReviewRequested(key=key, reason=answer.what, at=now)]
    return events


def _is_told_enough(attempt: Attempt) -> bool:
    """A gateway that says something else each time is not written down for ever. That it is
    deciding must be known, whatever it said before."""
    return attempt.pending is not None and attempt.tellings >= TELLINGS_PER_TRY_MAX


def record_silence(facts: Facts, key: UUID, *, reason: str, now: datetime) -> list[PaymentEvent]:
    attempt = facts.attempts[key]
    if not attempt.is_open or attempt.silent:
        return []  # after a take-over it tells something new: a send of it is known to be done
    return [OutcomeUnknown(key=key, reason=reason, at=now)]


def record_not_sent(facts: Facts, asked: Attempt, *, now: datetime) -> list[PaymentEvent]:
    """`asked`: the try as whoever found it too late had read it. Where it has moved on since, that
    speaks of a send that others may know better: one too many is counted, never one too few."""
    attempt = facts.attempts[asked.key]
    takes_back = attempt.is_open and attempt.as_read(asked) and not attempt.went_out
    return [AttemptNotSent(key=asked.key, at=now)] if takes_back else []


def _refusal_counts(attempt: Attempt, evidence: Evidence) -> bool:
    """A refused look-up or cancellation is no answer to a send: it proves nothing."""
    if evidence == "operator":
        return True
    of_a_send = evidence in ("answer", "late_answer", "repeat")
    return of_a_send and attempt.refusal_counts(late=evidence == "late_answer")


def _charge_stands(
    facts: Facts, attempt: Attempt, answer: Captured | Authorized, evidence: Evidence, now: datetime
) -> list[PaymentEvent]:
    if attempt.kind != "charge":
        raise AnswerDoesNotFit(f"a charge as the answer to a {attempt.kind}")
    known = attempt.stands or any(one.key == attempt.key for one in facts.strays)
    if known:
        return []
    fact = AttemptSucceeded if attempt.is_open else LateSuccessObserved
    return [
        fact(
            key=attempt.key,
            reference=answer.reference,
            amount=answer.amount,
            captured=isinstance(answer, Captured),
            evidence=evidence,
            at=now,
        )
    ]


def _declined(
    attempt: Attempt, answer: Declined, evidence: Evidence, now: datetime
) -> list[PaymentEvent]:
    """A decline with a reference is the charge itself, reported as final under this key; without
    one it is only the refusal of one send."""
    final = answer.reference is not None or _refusal_counts(attempt, evidence)
    if not attempt.is_open or not final:
        return []
    return [
        AttemptDeclined(
            key=attempt.key,
            code=answer.code,
            network_code=answer.network_code,
            message=answer.message,
            advice=answer.advice,
            evidence=evidence,
            at=now,
        )
    ]


def failure(key: UUID, answer: NotProcessed, evidence: Evidence, now: datetime) -> AttemptFailed:
    """The end of a try that definitely did nothing."""
    return AttemptFailed(
        key=key,
        code=answer.code,
        message=answer.message,
        transient=answer.transient,
        retry_after_s=answer.retry_after_s,
        evidence=evidence,
        at=now,
    )


__all__ = [
    "AnswerDoesNotFit",
    "failure",
    "record_answer",
    "record_not_sent",
    "record_silence",
]
