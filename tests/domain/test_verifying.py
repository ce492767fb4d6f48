"""What a look-up or a cancellation by key proves: absence only where it is final, late enough."""

from __future__ import annotations

import pytest

from domain.gateway.answers import Absent, Blocked, Captured
from domain.payment import events as e
from domain.payment.decisions.verifying import record_canceled_by_key, record_looked_up
from domain.payment.events import PaymentEvent
from domain.payment.rules import Rules
from tests.domain import facts as f
from tests.domain.story import payment_of
from tests.support.offers import offering

CERTAIN_S = 2 + 60 + 5  # send_before, lateness, skew of clocks


def not_charged(code: str, evidence: e.Evidence) -> e.AttemptFailed:
    return e.AttemptFailed(
        key=f.key(), code=code, message="", transient=True, retry_after_s=None,
        evidence=evidence, at=f.at(99),
    )  # fmt: skip


def looked_up(
    *events: PaymentEvent, asked_s: float = 80, final: bool = True, found: Absent | Captured
) -> list[PaymentEvent]:
    offered = offering(absence_final=final, lateness_s=60)
    facts = payment_of(*events).facts
    return record_looked_up(
        facts, f.key(), found, offered, rules=Rules(), asked_at=f.at(asked_s), now=f.at(99)
    )


@pytest.mark.parametrize(
    ("asked_s", "final", "proves"),
    [
        (CERTAIN_S + 0.001, True, True),
        (CERTAIN_S, True, False),
        (CERTAIN_S + 0.001, False, False),
        (0, True, False),
    ],
)
def test_absence_proves_only_what_is_final_and_late_enough(
    asked_s: float, final: bool, proves: bool
) -> None:
    fact = (
        not_charged("absent", "absence")
        if proves
        else e.LookUpAnswered(key=f.key(), answer="absent", at=f.at(99))
    )

    assert looked_up(*f.UNKNOWN, asked_s=asked_s, final=final, found=Absent()) == [fact]


@pytest.mark.parametrize("known", [(), (f.pending(),)])
def test_absence_settles_nothing_that_is_still_in_flight(known: tuple[PaymentEvent, ...]) -> None:
    """Its owner waits for the answer; only the clocks of two processes say that it is late."""
    events = (*f.OPENED, f.asked(), *known)

    assert looked_up(*events, asked_s=9999, found=Absent()) == [
        e.LookUpAnswered(key=f.key(), answer="absent", at=f.at(99))
    ]


@pytest.mark.parametrize(("asked_s", "settles"), [(37 + 65, False), (37 + 65.001, True)])
def test_after_a_take_over_absence_proves_only_what_is_late_by_its_clock(
    asked_s: float, settles: bool
) -> None:
    """Whoever took it over may have done so too early, by a clock that is far ahead."""
    events = (*f.OPENED, f.asked(), f.taken_over())
    (fact,) = looked_up(*events, asked_s=asked_s, found=Absent())

    assert isinstance(fact, e.AttemptFailed) is settles


def test_absence_is_said_once_and_of_what_is_open() -> None:
    said = e.LookUpAnswered(key=f.key(), answer="absent", at=f.at(14))

    assert looked_up(*f.UNKNOWN, said, final=False, found=Absent()) == []
    assert looked_up(*f.CHARGED, found=Absent()) == []


def test_what_was_found_is_an_answer() -> None:
    (fact,) = looked_up(*f.UNKNOWN, found=Captured("ch_1", f.TEN))

    assert isinstance(fact, e.AttemptSucceeded)
    assert fact.evidence == "look_up"


def test_a_blocked_key_is_not_charged_for_ever() -> None:
    def canceled(*events: PaymentEvent, answer: Blocked | Captured) -> list[PaymentEvent]:
        return record_canceled_by_key(payment_of(*events).facts, f.key(), answer, now=f.at(99))

    assert canceled(*f.UNKNOWN, answer=Blocked()) == [
        not_charged("canceled_by_key", "cancel_by_key")
    ]
    assert canceled(*f.CHARGED, answer=Blocked()) == []
    (fact,) = canceled(*f.UNKNOWN, answer=Captured("ch_1", f.TEN))
    assert isinstance(fact, e.AttemptSucceeded)
    assert fact.evidence == "cancel_by_key"
