"""A try of which the gateway says that it was done, and undone later."""

from __future__ import annotations

from datetime import datetime

from domain.gateway.answers import Captured, Done, Undone
from domain.payment.attempt import Attempt
from domain.payment.decisions.answers import record_answer
from domain.payment.decisions.observing import after, record_undone
from domain.payment.events import PaymentEvent
from domain.payment.events.shapes import Evidence
from domain.payment.state import Facts


def found_undone(
    facts: Facts, attempt: Attempt, found: Undone, *, evidence: Evidence, now: datetime
) -> list[PaymentEvent]:
    """Where nobody knew yet that it was done, both is learned now; where it was settled as not
    done, nothing is left of it that would change that. Raises AnswerDoesNotFit."""
    events: list[PaymentEvent] = []
    if attempt.is_open:
        kind = Captured if attempt.kind == "charge" else Done
        did = kind(found.reference, found.amount)
        events = record_answer(facts, attempt.key, did, evidence=evidence, now=now)
    facts = after(facts, events)
    attempt = facts.attempts[attempt.key]
    return [*events, *record_undone(facts, attempt, found, evidence=evidence, now=now)]
