"""Until when a key may be used again, when somebody may carry on, and how pauses grow: at the very
second where each begins and ends."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.gateway.capabilities import Capabilities
from domain.payment import events as e
from domain.payment.attempt import Attempt
from domain.payment.decisions.deferring import review_operation
from domain.payment.decisions.due import due_at
from domain.payment.decisions.sender import attempt_key
from domain.payment.decisions.settle import (
    OwnerMayBeAlive,
    may_repeat,
    review,
    take_over,
)
from domain.payment.rules import Rules
from tests.domain import facts as f
from tests.domain.story import payment_of
from tests.support.offers import offering

RULES = Rules()
REFUND = f.begun(e.RefundStarted, "r", f.euro(250), command=f.ref("refund"), reason=None)
FAILED = e.PaymentFailed(code="declined", retryable=False, at=f.at(1))
GIVEN_BACK = (*f.OPENED, f.asked(), f.declined(), FAILED, f.late())
COMPENSATION = f.begun(e.CompensationStarted, "x", means="refund")


def offered(*, key_lifetime_s: float, lateness_s: float) -> Capabilities:
    return offering(key_lifetime_s=key_lifetime_s, lateness_s=lateness_s)


def try_failed(name: str, number: int = 1, at_s: float = 1) -> e.AttemptFailed:
    key = attempt_key(f.PAYMENT, f.operation(name), number)
    return replace(f.failed(), key=key, at=f.at(at_s))


@pytest.mark.parametrize(
    ("key_lifetime_s", "lateness_s", "until_s"),
    [
        (40, 0, 20),  # half of its life
        (100, 60, 30),  # what is sent then still arrives in its life
        (100, 39, 50),
        (100, 41, 49),
        (70, 60, 0),
        (0, 60, 0),
    ],
)
def test_a_key_is_used_again_only_while_it_is_surely_remembered(
    key_lifetime_s: float, lateness_s: float, until_s: float
) -> None:
    facts = payment_of(*f.UNKNOWN).facts
    capabilities = offered(key_lifetime_s=key_lifetime_s, lateness_s=lateness_s)

    def may(seconds: float) -> bool:
        attempt, now = facts.attempts[f.key()], f.at(seconds)
        return may_repeat(facts, attempt, capabilities, owner=f.OWNER, now=now)

    assert until_s == 0 or may(until_s - 0.001)
    assert not may(until_s)


def test_only_the_owner_repeats_what_is_unknown_wanted_and_not_waiting() -> None:
    capabilities = offered(key_lifetime_s=86_400, lateness_s=60)

    def may(*events: Any, owner: str = f.OWNER, seconds: float = 10, **changed: Any) -> bool:
        facts = payment_of(*events).facts
        attempt = replace(facts.attempts[f.key()], **changed)
        return may_repeat(facts, attempt, capabilities, owner=owner, now=f.at(seconds))

    assert may(*f.UNKNOWN)
    assert may(*f.UNKNOWN, seconds=59.999)
    assert not may(*f.UNKNOWN, seconds=60)
    assert not may(*f.UNKNOWN, owner="worker-9")
    assert not may(*f.OPENED, f.asked())
    assert not may(*f.UNKNOWN, f.pending())
    assert not may(*f.UNKNOWN, f.cancel_requested())
    assert may(*f.UNKNOWN, repeats=15)
    assert not may(*f.UNKNOWN, repeats=16)


def test_who_is_presumed_gone_and_from_when() -> None:
    attempt = payment_of(*f.OPENED, f.asked()).facts.attempts[f.key()]
    free_s = 2 + 30 + 5

    def taken(seconds: float, owner: str = "worker-2", *, dead: bool = False) -> Any:
        now = f.at(seconds)
        return take_over(attempt, owner=owner, now=now, rules=RULES, owner_is_dead=dead)

    for owner in ("worker-2", f.OWNER):
        with pytest.raises(OwnerMayBeAlive, match=f"{f.OWNER} may be alive until") as caught:
            taken(free_s - 0.001, owner)
        assert caught.value.free_at == f.at(free_s)
    assert [type(one) for one in taken(free_s)] == [e.AttemptTakenOver]
    assert [type(one) for one in taken(free_s, f.OWNER)] == [e.OutcomeUnknown]
    assert [type(one) for one in taken(0, dead=True)] == [e.AttemptTakenOver]
    unknown = payment_of(*f.UNKNOWN).facts.attempts[f.key()]
    nothing = take_over(unknown, owner=f.OWNER, now=f.at(99), rules=RULES, owner_is_dead=False)
    assert nothing == []


def test_a_review_is_asked_for_once_after_three_days() -> None:
    days3_s = 72 * 3600
    attempt = payment_of(*f.UNKNOWN).facts.attempts[f.key()]

    assert review(attempt, now=f.at(days3_s - 1), rules=RULES) == []
    (asked,) = review(attempt, now=f.at(days3_s), rules=RULES)
    assert asked == e.ReviewRequested(key=f.key(), reason="unsettled_too_long", at=f.at(days3_s))
    assert review(replace(attempt, review="x"), now=f.at(days3_s), rules=RULES) == []


def test_an_operation_that_is_refused_for_three_days_is_reviewed_once() -> None:
    days3_s = 72 * 3600
    facts = payment_of(*GIVEN_BACK, COMPENSATION, try_failed("x")).facts
    operation = facts.operations[COMPENSATION.operation]

    def asked(seconds: float, known: Any = facts) -> Any:
        return review_operation(known, operation, now=f.at(seconds), rules=RULES)

    assert asked(days3_s - 1) == []
    assert asked(days3_s) == [
        e.ReviewRequested(key=COMPENSATION.key, reason="refused_too_long", at=f.at(days3_s))
    ]
    reviewed = {
        key: replace(one, review="x") if key == COMPENSATION.key else one
        for key, one in facts.attempts.items()
    }
    others = {
        key: replace(one, review="x") if key != COMPENSATION.key else one
        for key, one in facts.attempts.items()
    }
    assert asked(days3_s, replace(facts, attempts=reviewed)) == []
    assert asked(days3_s, replace(facts, attempts=others)) != []


def due_s(*events: Any, rules: Rules = RULES, **changed: Any) -> float:
    """Seconds after T0; `changed` of the charge's try."""
    payment = payment_of(*events)
    if changed:
        attempt: Attempt = replace(payment.facts.attempts[f.key()], **changed)
        facts = replace(payment.facts, attempts={f.key(): attempt})
        payment = replace(payment, facts=facts)
    due = due_at(payment, rules=rules, authorization_lifetime_s=None)
    assert due is not None
    return (due - f.T0).total_seconds()


def test_a_try_is_anybodys_when_its_owner_is_presumed_gone() -> None:
    assert due_s(*f.OPENED, f.asked()) == 37


@pytest.mark.parametrize(
    ("repeats", "take_overs", "pause_s"),
    [(0, 0, 5), (0, 1, 5), (0, 2, 10), (1, 0, 10), (2, 0, 20), (2, 3, 80), (9, 0, 2_560),
     (10, 0, 3_600), (16, 99, 3_600)],
)  # fmt: skip
def test_what_is_unknown_is_looked_at_ever_more_rarely(
    repeats: int, take_overs: int, pause_s: float
) -> None:
    assert due_s(*f.UNKNOWN, repeats=repeats, take_overs=take_overs) == 9 + pause_s


def test_pauses_double_sixteen_times_at_most() -> None:
    patient = Rules(verify_most=timedelta(days=365))

    assert due_s(*f.UNKNOWN, rules=patient, repeats=16) == 9 + 5 * 2**16
    assert due_s(*f.UNKNOWN, rules=patient, repeats=40) == 9 + 5 * 2**16


def test_what_somebody_waits_for_is_left_to_him_for_his_budget() -> None:
    assert due_s(*f.CHARGED, REFUND, try_failed("r")) == 1 + 9 + 5
    assert due_s(*f.OPENED) == 9 + 5
    assert due_s(*f.OPENED, f.asked(), f.failed()) == 1 + 9 + 5


def test_what_nobody_waits_for_is_tried_ever_more_slowly() -> None:
    second = replace(
        COMPENSATION, number=2, key=attempt_key(f.PAYMENT, COMPENSATION.operation, 2), at=f.at(6)
    )
    first = (*GIVEN_BACK, COMPENSATION, try_failed("x"))

    assert due_s(*first) == 1 + 5
    assert due_s(*first, second, try_failed("x", 2, at_s=7)) == 7 + 10
