"""Bugs of settling an unknown: believing what proves nothing, or not waiting for what would."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from adapters.gateways import classify
from adapters.gateways.bound import Reply
from adapters.gateways.error_table import ErrorTable
from domain.gateway.answers import (
    Absent,
    Answer,
    Authorized,
    Blocked,
    CancelAnswer,
    Captured,
    LookedUp,
    NotProcessed,
    Pending,
)
from domain.gateway.capabilities import Capabilities
from domain.payment.attempt import Attempt
from domain.payment.decisions import answers, verifying
from domain.payment.events import AttemptSucceeded, PaymentEvent
from domain.payment.events.shapes import Evidence
from domain.payment.rules import Rules
from domain.payment.state import Facts
from tests.simulation.sabotage.planting import Swap, plants

_record_looked_up = verifying.record_looked_up
_record_canceled = verifying.record_canceled_by_key
_record_answer = answers.record_answer
_charge_stands = answers._charge_stands
_looked_up = classify.looked_up
_canceled = classify.canceled

NOT_CHARGED = ("failed_means_not_charged", "stream_equals_books")


def _failed(facts: Facts, key: UUID, code: str, now: datetime) -> list[PaymentEvent]:
    if not facts.attempts[key].is_open:
        return []
    return [answers.failure(key, NotProcessed(code=code), "look_up", now)]


@plants("domain.payment.decisions.verifying:record_looked_up", *NOT_CHARGED)
def not_found_taken_as_failed(
    facts: Facts,
    key: UUID,
    found: LookedUp,
    capabilities: Capabilities,
    *,
    rules: Rules,
    asked_at: datetime,
    now: datetime,
    before: Facts | None = None,
) -> list[PaymentEvent]:
    """Takes "never heard of it" for "not charged", whatever the gateway declares."""
    if isinstance(found, Absent):
        return _failed(facts, key, "absent", now)
    return _record_looked_up(
        facts, key, found, capabilities, rules=rules, asked_at=asked_at, now=now, before=before
    )


@plants("domain.payment.decisions.verifying:record_looked_up", *NOT_CHARGED)
def pending_taken_as_failed_after_restart(
    facts: Facts,
    key: UUID,
    found: LookedUp,
    capabilities: Capabilities,
    *,
    rules: Rules,
    asked_at: datetime,
    now: datetime,
    before: Facts | None = None,
) -> list[PaymentEvent]:
    """Whoever takes a try up after a crash takes "pending" for "it did not go through"."""
    if isinstance(found, Pending):
        return _failed(facts, key, "pending", now)
    return _record_looked_up(
        facts, key, found, capabilities, rules=rules, asked_at=asked_at, now=now, before=before
    )


@plants(
    "adapters.gateways.classify:looked_up",
    *NOT_CHARGED,
    weather={"answer_lost": 0.8, "asked_in_vain": 0.9, "look_up_fails": 0.0},
)
def refused_look_up_taken_as_absence(
    key: UUID, kind: str, reply: Reply, table: ErrorTable
) -> LookedUp:
    """Takes a look-up that was refused, throttled or failed for "never heard of it"."""
    return _looked_up(key, kind, reply, table) if reply.status == 200 else Absent()


@plants(
    "adapters.gateways.classify:canceled",
    *NOT_CHARGED,
    weather={"answer_lost": 0.8, "asked_in_vain": 0.9, "look_up_fails": 0.9},
)
def refused_cancel_taken_as_canceled(key: UUID, reply: Reply, table: ErrorTable) -> CancelAnswer:
    """Takes a cancellation that was refused, throttled or failed for one that was carried out."""
    return _canceled(key, reply, table) if reply.status == 200 else Blocked()


def _late_until_now(attempt: Attempt, capabilities: Capabilities, rules: Rules) -> datetime:
    """Does not wait for what is still on its way."""
    return attempt.send_before - timedelta(days=1)


NO_LATENESS = Swap("domain.payment.decisions.verifying:_late_until", _late_until_now)


@plants("domain.payment.decisions.verifying:_late_until", *NOT_CHARGED)
def waits_less_than_the_lateness(
    attempt: Attempt, capabilities: Capabilities, rules: Rules
) -> datetime:
    """Believes in absence after a third of the time that the gateway states."""
    return attempt.send_before + timedelta(seconds=capabilities.lateness_s / 3)


@plants(
    "domain.payment.attempt:Attempt.refusal_counts",
    "failed_means_not_charged",
    weather={"answer_lost": 0.5, "gateway_refuses": 0.5, "look_up_fails": 0.9},
)
def repeats_refusal_taken_as_no(self: Attempt, *, late: bool) -> bool:
    """Takes the refusal of a repeat for the answer to the first send."""
    return True


@plants(
    "domain.payment.decisions.verifying:record_canceled_by_key",
    *NOT_CHARGED,
    weather={"answer_lost": 0.8, "look_up_fails": 0.9},
)
def any_answer_to_a_cancel_taken_as_canceled(
    facts: Facts, key: UUID, answer: CancelAnswer, *, now: datetime
) -> list[PaymentEvent]:
    """Does not read that the charge stood before the cancellation came."""
    return _record_canceled(facts, key, Blocked(), now=now)


@plants(
    "domain.payment.decisions.answers:record_answer",
    "stream_equals_books",
    weather={"gateway_pends": 0.9, "gateway_declines": 0.5},
)
def pending_taken_as_done(
    facts: Facts, key: UUID, answer: Answer, *, evidence: Evidence, now: datetime
) -> list[PaymentEvent]:
    """Takes "we have it" for "it went through"."""
    attempt = facts.attempts[key]
    if not isinstance(answer, Pending) or attempt.kind != "charge" or not attempt.is_open:
        return _record_answer(facts, key, answer, evidence=evidence, now=now)
    return [
        AttemptSucceeded(
            key=key,
            reference=answer.reference,
            amount=attempt.started.amount,
            captured=facts.intent.capture_method == "automatic",
            evidence=evidence,
            at=now,
        )
    ]


@plants(
    "domain.payment.decisions.answers:_charge_stands",
    "stream_equals_books",
    layers=(NO_LATENESS,),
)
def late_success_refused_as_impossible(
    facts: Facts,
    attempt: Attempt,
    answer: Captured | Authorized,
    evidence: Evidence,
    now: datetime,
) -> list[PaymentEvent]:
    """Refuses a success of what was settled before, for it "cannot happen". Planted with absence
    that is believed too early, without which simulated gateways give no late success."""
    if not attempt.is_open:
        raise answers.AnswerDoesNotFit(f"{attempt.key} was settled before")
    return _charge_stands(facts, attempt, answer, evidence, now)


@plants("domain.payment.decisions.settle:review", "failed_means_not_charged")
def unknown_for_long_taken_as_failed(
    attempt: Attempt, *, now: datetime, rules: Rules
) -> list[PaymentEvent]:
    """Closes as failed what nobody could settle, instead of asking a person."""
    if now < attempt.started.at + rules.review_after:
        return []
    return [answers.failure(attempt.key, NotProcessed(code="gave_up"), "look_up", now)]


@plants("domain.payment.decisions.settle:review", "accepted_is_finished")
def nobody_asks_a_person(attempt: Attempt, *, now: datetime, rules: Rules) -> list[PaymentEvent]:
    """Looks again for ever, and never tells a person."""
    return []
