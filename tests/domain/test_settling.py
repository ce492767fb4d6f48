"""Who may act on a try whose outcome is unknown, when, and what proves anything about it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.gateway import answers as g
from domain.gateway.capabilities import Capabilities
from domain.payment import events as e
from domain.payment.decisions.answers import AnswerDoesNotFit, record_answer
from domain.payment.decisions.due import due_at, pause_between
from domain.payment.decisions.settle import (
    OwnerMayBeAlive,
    may_repeat,
    repeat,
    review,
    take_over,
)
from domain.payment.decisions.verifying import record_canceled_by_key, record_looked_up
from domain.payment.events import PaymentEvent
from domain.payment.rules import REPEATS_PER_KEY_MAX, Rules
from domain.payment.state import Facts
from tests.domain import facts as f
from tests.domain.story import Decision, given, payment_of, sender
from tests.support.offers import offering

RULES = Rules()
ABLE = offering(absence_final=True, cancel_by_key=True)
REFUND = f.begun(e.RefundStarted, "refund-1")
DONE = g.Done("op_1", f.TEN)
NO = g.NotProcessed(code="unavailable")
DECLINE = g.Declined(code="do_not_honor")


def taking_over(owner: str, now_s: float, *, dead: bool = False) -> Decision:
    def decide(payment: Any) -> list[PaymentEvent]:
        attempt = list(payment.facts.attempts.values())[-1]
        return take_over(attempt, owner=owner, now=f.at(now_s), rules=RULES, owner_is_dead=dead)

    return decide


def looking(
    found: g.LookedUp, asked_s: float, capabilities: Capabilities = ABLE, of: Any = None
) -> Decision:
    def decide(payment: Any) -> list[PaymentEvent]:
        return record_looked_up(
            payment.facts, of or f.key(), found, capabilities,
            rules=RULES, asked_at=f.at(asked_s), now=f.at(asked_s + 9),
        )  # fmt: skip

    return decide


def answering(answer: g.Answer, evidence: Any = "answer", of: Any = None) -> Decision:
    def decide(payment: Any) -> list[PaymentEvent]:
        facts: Facts = payment.facts
        return record_answer(facts, of or f.key(), answer, evidence=evidence, now=f.at(30))

    return decide


def test_a_try_is_taken_over_only_when_its_owner_is_surely_gone() -> None:
    asked = given(*f.OPENED, f.asked())

    with pytest.raises(OwnerMayBeAlive) as alive:
        asked.when(taking_over("worker-2", 36.9)).then()
    assert alive.value.free_at == f.at(2 + 30 + 5)
    asked.when(taking_over("worker-2", 37)).then(e.AttemptTakenOver)
    asked.when(taking_over("worker-2", 1, dead=True)).then(e.AttemptTakenOver)


def test_an_owner_that_lost_track_of_its_own_try_says_that_it_does_not_know() -> None:
    asked = given(*f.OPENED, f.asked())

    asked.when(taking_over(f.OWNER, 37)).then(e.OutcomeUnknown)
    given(*f.UNKNOWN).when(taking_over(f.OWNER, 10)).then_nothing()
    with pytest.raises(OwnerMayBeAlive):
        asked.when(taking_over(f.OWNER, 12)).then()


def test_absence_proves_nothing_before_all_lateness_has_passed_on_any_clock() -> None:
    unknown = given(*f.UNKNOWN)
    until_s = 2 + ABLE.lateness_s + RULES.clock_skew.total_seconds()

    unknown.when(looking(g.Absent(), until_s)).then(e.LookUpAnswered)
    unknown.when(looking(g.Absent(), until_s + 0.001)).then(e.AttemptFailed)


def test_absence_proves_nothing_where_the_gateway_does_not_say_so() -> None:
    weak = offering()
    seen = e.LookUpAnswered(key=f.key(), answer="absent", at=f.at(20))

    given(*f.UNKNOWN).when(looking(g.Absent(), 9999, weak)).then(e.LookUpAnswered)
    given(*f.UNKNOWN, seen).when(looking(g.Absent(), 9999, weak)).then_nothing()


def test_a_look_up_is_no_answer_to_a_send() -> None:
    asked = given(*f.OPENED, f.asked())

    asked.when(looking(DECLINE, 40)).then_nothing()
    asked.when(looking(g.Declined(code="expired", reference="ch_1"), 40)).then(e.AttemptDeclined)
    asked.when(looking(g.Captured("ch_1", f.TEN), 40)).then(e.AttemptSucceeded)


def test_a_confirmed_cancellation_settles_and_a_refused_one_does_not() -> None:
    def canceling(answer: g.CancelAnswer) -> Decision:
        return lambda payment: record_canceled_by_key(payment.facts, f.key(), answer, now=f.at(70))

    unknown = given(*f.UNKNOWN)
    assert unknown.when(canceling(g.Blocked())).then_one(e.AttemptFailed).code == "canceled_by_key"
    unknown.when(canceling(DECLINE)).then_nothing()
    unknown.when(canceling(g.Authorized("ch_1", f.TEN))).then(e.AttemptSucceeded)


@pytest.mark.parametrize("answer", [NO, DECLINE])
@pytest.mark.parametrize(
    ("history", "evidence", "counts"),
    [
        ((*f.OPENED, f.asked()), "answer", True),
        (f.UNKNOWN, "answer", False),
        (f.UNKNOWN, "late_answer", True),
        ((*f.UNKNOWN, f.repeated()), "repeat", False),
        ((*f.UNKNOWN, f.repeated()), "late_answer", False),
        ((*f.UNKNOWN, f.repeated(), f.not_sent()), "late_answer", True),
        ((*f.UNKNOWN, f.taken_over()), "late_answer", False),
        ((*f.OPENED, f.asked(), f.taken_over()), "answer", False),
        ((*f.OPENED, f.asked(), f.pending()), "answer", False),
        ((*f.UNKNOWN, f.pending()), "late_answer", False),
        ((*f.UNKNOWN, f.taken_over()), "operator", True),
    ],
)
def test_a_definite_no_counts_only_as_the_answer_to_the_only_send_of_its_owner(
    answer: g.Answer, history: tuple[PaymentEvent, ...], evidence: str, counts: bool
) -> None:
    decided = given(*history).when(answering(answer, evidence))

    if counts:
        decided.then(e.AttemptFailed if answer is NO else e.AttemptDeclined)
    else:
        decided.then_nothing()


def test_more_than_was_asked_for_is_no_answer() -> None:
    refunding = given(*f.CHARGED, REFUND)
    of = REFUND.key

    refunding.when(answering(DONE, of=of)).then(e.RefundSucceeded)
    refunding.when(answering(g.Done("op_1", f.euro(400)), of=of)).then(e.RefundSucceeded)
    for wrong in (f.euro(1001), type(f.TEN)(1000, "USD")):
        with pytest.raises(AnswerDoesNotFit):
            refunding.when(answering(g.Done("op_1", wrong), of=of)).then()


def test_a_compensation_gives_all_back_or_is_none() -> None:
    started = f.begun(e.CompensationStarted, "comp", means="refund")
    story = given(*f.OPENED, f.asked(), f.failed(), f.late(), started)

    story.when(answering(DONE, of=started.key)).then(e.CompensationSucceeded)
    with pytest.raises(AnswerDoesNotFit):
        story.when(answering(g.Done("op_1", f.euro(999)), of=started.key)).then()


def test_a_charge_is_no_answer_to_a_refund_nor_the_other_way_round() -> None:
    with pytest.raises(AnswerDoesNotFit):
        given(*f.CHARGED, REFUND).when(answering(g.Captured("c", f.TEN), of=REFUND.key)).then()
    with pytest.raises(AnswerDoesNotFit):
        given(*f.OPENED, f.asked()).when(answering(DONE)).then()


def test_a_repeat_is_for_the_owner_of_an_unknown_try_while_it_is_wanted_and_remembered() -> None:
    def may(*events: PaymentEvent, owner: str = f.OWNER, now_s: float = 20, life_s: float = 1e5
            ) -> bool:  # fmt: skip
        facts = payment_of(*events).facts
        attempt = list(facts.attempts.values())[-1]
        able = offering(methods=frozenset(), key_lifetime_s=life_s, lateness_s=5.0)
        return may_repeat(facts, attempt, able, owner=owner, now=f.at(now_s))

    assert may(*f.UNKNOWN)
    assert not may(*f.OPENED, f.asked())
    assert not may(*f.UNKNOWN, f.pending())
    assert not may(*f.UNKNOWN, owner="worker-2")
    assert not may(*f.UNKNOWN, f.cancel_requested())
    assert not may(*f.UNKNOWN, now_s=60)
    assert not may(*f.UNKNOWN, life_s=0)
    assert may(*f.UNKNOWN, life_s=41)
    assert not may(*f.UNKNOWN, life_s=40)
    assert may(*f.CHARGED, REFUND, f.silent(of=REFUND.key), now_s=10_000)


def test_repeats_are_bounded_also_when_none_was_sent_and_come_ever_more_slowly() -> None:
    events = [*f.CHARGED, REFUND, f.silent(of=REFUND.key)]
    pauses = []
    for _ in range(REPEATS_PER_KEY_MAX):
        events += [f.repeated(of=REFUND.key), f.not_sent(REFUND.key)]
        payment = payment_of(*events)
        due = due_at(payment, rules=RULES, authorization_lifetime_s=None)
        assert due is not None
        pauses.append(due - payment.facts.attempts[REFUND.key].since)

    attempt = payment.facts.attempts[REFUND.key]
    assert not may_repeat(payment.facts, attempt, ABLE, owner=f.OWNER, now=f.at(100))
    assert pauses[0] == timedelta(seconds=10)
    assert pauses == sorted(pauses)
    assert pauses[-1] == RULES.verify_most


def test_a_repeat_keeps_the_key() -> None:
    attempt = payment_of(*f.UNKNOWN).facts.attempts[f.key()]

    again = (
        given(*f.UNKNOWN).when(lambda _: repeat(attempt, sender(20))).then_one(e.AttemptRepeated)
    )

    assert (again.key, again.owner, again.send_before) == (f.key(), f.OWNER, f.at(22))


def test_a_person_must_look_after_72_hours_once() -> None:
    def reviewing(now_s: float) -> Decision:
        return lambda payment: review(payment.facts.attempts[f.key()], now=f.at(now_s), rules=RULES)

    asked = e.ReviewRequested(key=f.key(), reason="r", at=f.at(1))
    given(*f.UNKNOWN).when(reviewing(72 * 3600 - 1)).then_nothing()
    given(*f.UNKNOWN).when(reviewing(72 * 3600)).then(e.ReviewRequested)
    given(*f.UNKNOWN, asked).when(reviewing(80 * 3600)).then_nothing()


def test_what_is_under_review_is_due_once_a_day() -> None:
    payment = payment_of(*f.UNKNOWN, e.ReviewRequested(key=f.key(), reason="r", at=f.at(9)))

    assert due_at(payment, rules=RULES, authorization_lifetime_s=None) == f.at(9 + 24 * 3600)
    assert pause_between(payment, RULES) == timedelta(days=1)


@pytest.mark.parametrize(
    ("events", "due_s"),
    [
        (f.OPENED, 9 + 5),
        ((*f.OPENED, f.asked()), 2 + 30 + 5),
        (f.UNKNOWN, 9 + 5),
        ((*f.OPENED, f.asked(), f.pending()), 1 + 5),
        (f.CHARGED, None),
        (f.HELD, 1 + 3600),
        ((*f.CHARGED, REFUND), 2 + 30 + 5),
        ((*f.OPENED, f.asked(), f.failed(), f.late()), 1 + 9 + 5),
        (
            (*f.OPENED, f.asked(), f.failed(),
             e.PaymentFailed(code="c", retryable=True, at=f.at(2)), f.late()), 20,
        ),
        (
            (*f.UNKNOWN, e.ReviewRequested(key=f.key(), reason="r", at=f.at(9))), 9 + 86_400,
        ),
    ],
)  # fmt: skip
def test_what_is_open_has_its_time(events: tuple[PaymentEvent, ...], due_s: float | None) -> None:
    due = due_at(payment_of(*events), rules=RULES, authorization_lifetime_s=3600)

    assert due == (None if due_s is None else f.at(due_s))
