"""What each answer adds to the facts of a try, in each condition of the try: nothing that is known,
nothing that proves nothing, and nothing that is not about what was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.gateway.answers import (
    Authorized,
    Captured,
    Declined,
    Done,
    Lapsed,
    NotProcessed,
    Pending,
    Unclear,
)
from domain.money import Money
from domain.payment import events as e
from domain.payment.decisions.answers import (
    AnswerDoesNotFit,
    record_answer,
    record_not_sent,
    record_silence,
)
from domain.payment.events import PaymentEvent
from domain.payment.state import status
from tests.domain import facts as f
from tests.domain.story import payment_of

ASKED = (*f.OPENED, f.asked())
DECLINED = Declined(code="do_not_honor", network_code="05", message="no", advice="try_again_later")
REFUSED = NotProcessed(code="unavailable", message="x", transient=False, retry_after_s=7.0)
STARTS: dict[str, Any] = {
    "capture": f.begun(e.CaptureStarted, "c", f.euro(400), command=f.ref("capture")),
    "void": f.begun(e.VoidStarted, "v", command=f.ref("cancel"), reason="canceled"),
    "refund": f.begun(e.RefundStarted, "r", f.euro(250), command=f.ref("refund"), reason="x"),
    "compensation": f.begun(e.CompensationStarted, "x", means="refund"),
}
BEFORE: dict[str, tuple[PaymentEvent, ...]] = {
    "capture": f.HELD,
    "void": f.HELD,
    "refund": f.CHARGED,
    "compensation": (*ASKED, f.declined(), f.late()),
}
SUCCESSES = {
    "capture": e.CaptureSucceeded,
    "void": e.VoidSucceeded,
    "refund": e.RefundSucceeded,
    "compensation": e.CompensationSucceeded,
}


def told(
    answer: Any, *events: PaymentEvent, of: Any = None, evidence: Any = "answer"
) -> list[PaymentEvent]:
    facts = payment_of(*events).facts
    return record_answer(facts, of or f.key(), answer, evidence=evidence, now=f.at(1))


def misfit(answer: Any, *events: PaymentEvent, of: Any = None) -> None:
    with pytest.raises(AnswerDoesNotFit):
        told(answer, *events, of=of)


def test_a_charge_that_stands_is_said_once() -> None:
    captured = Captured("ch_1", f.TEN)

    assert told(captured, *ASKED) == [f.charged()]
    assert told(Authorized("ch_1", f.TEN), *ASKED) == [f.held()]
    assert told(captured, *f.CHARGED) == []
    assert told(captured, *ASKED, f.declined(), f.late()) == []
    (late,) = told(captured, *ASKED, f.declined())
    assert isinstance(late, e.LateSuccessObserved)


def test_who_waits_is_told_once_under_each_reference() -> None:
    assert told(Pending("ch_1"), *ASKED) == [f.pending()]
    assert told(Pending("ch_1"), *ASKED, f.pending()) == []
    assert told(Pending("ch_2"), *ASKED, f.pending()) != []
    assert told(Pending("ch_2"), *f.CHARGED) == []


UNCLEAR = Unclear(reference="ch_1", what="amount_unreadable")


def test_what_was_done_and_cannot_be_read_is_asked_of_a_person_and_of_nobody_else() -> None:
    assert told(UNCLEAR, *ASKED) == [
        f.pending(),
        e.ReviewRequested(key=f.key(), reason="amount_unreadable", at=f.at(1)),
    ]
    after = payment_of(*ASKED, *told(UNCLEAR, *ASKED))
    assert status(after) == "processing"
    assert record_answer(after.facts, f.key(), UNCLEAR, evidence="look_up", now=f.at(2)) == []
    assert told(DECLINED, *ASKED, *told(UNCLEAR, *ASKED)) == []  # a no of one send proves nothing
    assert told(Captured("ch_1", f.TEN), *ASKED, *told(UNCLEAR, *ASKED)) == [f.charged()]
    assert [type(one) for one in told(UNCLEAR, *ASKED, f.pending())] == [e.ReviewRequested]


def test_what_was_settled_as_not_done_and_was_done_for_nobody_knows_how_much() -> None:
    (late,) = told(UNCLEAR, *ASKED, f.declined(), evidence="late_answer")
    assert isinstance(late, e.LateSuccessObserved)
    assert (late.amount, late.reference, late.captured) == (f.TEN, "ch_1", True)
    (held,) = told(replace(UNCLEAR, held=True), *ASKED, f.declined(), evidence="late_answer")
    assert isinstance(held, e.LateSuccessObserved)
    assert not held.captured
    assert told(UNCLEAR, *f.CHARGED) == []


@pytest.mark.parametrize("kind", sorted(STARTS))
def test_the_same_of_what_is_done_to_a_charge(kind: str) -> None:
    start = STARTS[kind]
    events = (*BEFORE[kind], start)
    assert told(UNCLEAR, *events, of=start.key) == [
        e.AttemptPending(key=start.key, reference="ch_1", evidence="answer", at=f.at(1)),
        e.ReviewRequested(key=start.key, reason="amount_unreadable", at=f.at(1)),
    ]
    failed = e.AttemptFailed(
        key=start.key, code="x", message="", transient=False, retry_after_s=None,
        evidence="answer", at=f.at(1),
    )  # fmt: skip
    (late,) = told(UNCLEAR, *events, failed, of=start.key)
    assert isinstance(late, e.OperationSucceeded)
    assert late.amount == start.amount


def test_a_decline_ends_an_open_try_with_all_it_says() -> None:
    (fact,) = told(DECLINED, *ASKED)

    assert fact == e.AttemptDeclined(
        key=f.key(), code="do_not_honor", network_code="05", message="no",
        advice="try_again_later", evidence="answer", at=f.at(1),
    )  # fmt: skip
    assert told(DECLINED, *f.CHARGED) == []


def test_a_refusal_ends_an_open_try_with_all_it_says() -> None:
    (fact,) = told(REFUSED, *ASKED)

    assert fact == e.AttemptFailed(
        key=f.key(), code="unavailable", message="x", transient=False, retry_after_s=7.0,
        evidence="answer", at=f.at(1),
    )  # fmt: skip
    assert told(REFUSED, *f.CHARGED) == []


@pytest.mark.parametrize("answer", [DECLINED, REFUSED])
@pytest.mark.parametrize(
    ("evidence", "open_counts", "unknown_counts"),
    [
        ("answer", True, False),
        ("late_answer", True, True),
        ("repeat", True, False),
        ("operator", True, True),
        ("look_up", False, False),
        ("cancellation", False, False),
    ],
)
def test_what_a_no_proves(
    answer: Any, evidence: Any, open_counts: bool, unknown_counts: bool
) -> None:
    assert bool(told(answer, *ASKED, evidence=evidence)) == open_counts
    assert bool(told(answer, *f.UNKNOWN, evidence=evidence)) == unknown_counts
    assert bool(told(answer, *ASKED, f.taken_over(), evidence=evidence)) == (evidence == "operator")


def test_a_decline_with_a_reference_is_the_charge_itself() -> None:
    final = Declined(code="do_not_honor", reference="ch_1")

    assert [type(one) for one in told(final, *f.UNKNOWN, evidence="look_up")] == [e.AttemptDeclined]
    assert told(DECLINED, *f.UNKNOWN, evidence="look_up") == []


@pytest.mark.parametrize("kind", STARTS)
def test_an_operation_that_is_done_is_said_once(kind: str) -> None:
    begun, before = STARTS[kind], BEFORE[kind]
    answer = Done("op_1", begun.amount)
    (fact,) = told(answer, *before, begun, of=begun.key)

    assert fact == SUCCESSES[kind](
        operation=begun.operation, key=begun.key, reference="op_1", amount=begun.amount,
        evidence="answer", at=f.at(1),
    )  # fmt: skip
    assert told(answer, *before, begun, fact, of=begun.key) == []


@pytest.mark.parametrize("kind", STARTS)
def test_an_operation_may_do_less_but_never_more_nor_in_another_currency(kind: str) -> None:
    begun, before = STARTS[kind], BEFORE[kind]
    minor = begun.amount.amount
    less = Done("op_1", f.euro(minor - 1))
    if kind == "compensation":
        misfit(less, *before, begun, of=begun.key)
    else:
        assert told(less, *before, begun, of=begun.key) != []
    misfit(Done("op_1", f.euro(minor + 1)), *before, begun, of=begun.key)
    misfit(Done("op_1", Money(minor, "USD")), *before, begun, of=begun.key)


def test_answers_to_another_question_fit_nothing() -> None:
    void, refund = STARTS["void"], STARTS["refund"]

    misfit(Done("op_1", f.TEN), *ASKED)
    misfit(Lapsed(), *ASKED)
    misfit(Captured("ch_1", f.TEN), *f.HELD, void, of=void.key)
    misfit(Lapsed(), *f.CHARGED, refund, of=refund.key)


def test_a_hold_that_lapsed_is_a_void_that_is_done() -> None:
    void = STARTS["void"]
    (fact,) = told(Lapsed(), *f.HELD, void, of=void.key)

    assert isinstance(fact, e.VoidSucceeded)
    assert (fact.reference, fact.amount) == ("ch_1", f.TEN)


def test_silence_is_recorded_of_what_is_open_and_not_known_to_be_silent() -> None:
    def silence(*events: PaymentEvent) -> list[PaymentEvent]:
        facts = payment_of(*events).facts
        return record_silence(facts, f.key(), reason="no answer in time", now=f.at(9))

    assert silence(*ASKED) == [f.silent()]
    assert silence(*f.UNKNOWN) == []
    assert silence(*f.CHARGED) == []
    assert silence(*f.UNKNOWN, f.charged()) == []


def test_what_was_not_sent_is_recorded_while_a_send_is_counted() -> None:
    def unsent(*events: PaymentEvent) -> list[PaymentEvent]:
        facts = payment_of(*events).facts
        return record_not_sent(facts, facts.attempts[f.key()], now=f.at(3))

    assert unsent(*ASKED) == [f.not_sent()]
    assert unsent(*ASKED, f.not_sent()) == []
    assert unsent(*f.CHARGED) == []
    assert unsent(*f.UNKNOWN, f.repeated()) == [f.not_sent()]
    assert unsent(*ASKED, f.taken_over()) == [f.not_sent()]


def test_a_send_of_which_something_was_learned_is_not_taken_back() -> None:
    """Somebody who read the stream before finds it too late to send, and knows nothing."""

    def unsent(*events: PaymentEvent) -> list[PaymentEvent]:
        facts = payment_of(*events).facts
        return record_not_sent(facts, facts.attempts[f.key()], now=f.at(3))

    assert unsent(*f.UNKNOWN) == []
    assert unsent(*f.UNKNOWN, f.taken_over()) == []
    assert unsent(*ASKED, f.pending()) == []


def test_whoever_acted_on_an_older_reading_takes_nothing_back() -> None:
    """Meanwhile somebody else took the try over or sent it again: whether the send that was read
    about went out is not known to who finds it too late; a send too many is counted then."""
    asked = payment_of(*ASKED).facts.attempts[f.key()]
    again = payment_of(*f.UNKNOWN, f.repeated()).facts.attempts[f.key()]

    def unsent(read: Any, *events: PaymentEvent) -> list[PaymentEvent]:
        return record_not_sent(payment_of(*events).facts, read, now=f.at(3))

    assert unsent(asked, *ASKED, f.taken_over()) == []
    assert unsent(asked, *ASKED, f.taken_over("w-2"), f.taken_over(f.OWNER)) == []
    assert unsent(asked, *f.UNKNOWN, f.repeated()) == []
    assert unsent(again, *f.UNKNOWN, f.repeated(), f.repeated()) == []
    assert unsent(again, *f.UNKNOWN, f.repeated(), f.not_sent()) == []
    assert unsent(again, *f.UNKNOWN, f.repeated(), f.taken_over()) == []
