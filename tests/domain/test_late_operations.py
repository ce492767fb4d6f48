"""A capture, void, refund or compensation that was done after all: it counts, whatever had been
settled, and a person looks where money moved twice or beyond what stands."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.gateway.answers import Done, Lapsed
from domain.money import AMOUNT_MINOR_MAX
from domain.payment import events as e
from domain.payment import state as s
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.decisions.answers import record_answer
from domain.payment.decisions.closing import operations_between_tries, what_follows
from domain.payment.decisions.settle import may_repeat
from domain.payment.events import PaymentEvent
from domain.payment.holding import capturable
from domain.payment.view import payment_view
from tests.domain import facts as f
from tests.domain.story import payment_of
from tests.support.offers import offering

REFUND = f.begun(e.RefundStarted, "r", f.euro(600), command=f.ref("refund"), reason=None)
SECOND_TRY = f.begun(e.RefundStarted, "r", f.euro(600), 2, command=f.ref("refund"), reason=None)
OTHER = f.begun(e.RefundStarted, "o", f.euro(600), command=f.ref("refund", 2), reason=None)
CAPTURE = f.begun(e.CaptureStarted, "c", f.euro(400), command=f.ref("capture"))
VOID = f.begun(e.VoidStarted, "v", command=f.ref("cancel"), reason="canceled")


def no(started: Any) -> e.AttemptFailed:
    return replace(f.failed(), key=started.key)


def over(started: Any, kind: type[Any]) -> tuple[PaymentEvent, ...]:
    return (started, no(started), kind(operation=started.operation, code="no", at=f.at(3)))


def done(name: str, minor: int = 600, number: int = 1) -> e.LateOperationObserved:
    late: e.LateOperationObserved = f.done(
        e.LateOperationObserved, name, f.euro(minor), number, evidence="look_up", at=f.at(90)
    )
    return late


def told(started: Any, *events: PaymentEvent, answer: Any = None) -> list[PaymentEvent]:
    payment, name = payment_of(*events), {REFUND.operation: "r", OTHER.operation: "o"}
    reference = f"op_{name.get(started.operation, 'c')}"
    said = answer or Done(reference, started.amount)
    facts = record_answer(payment.facts, started.key, said, evidence="look_up", now=f.at(90))
    payment_of(*events, *facts)
    return facts


def test_a_void_found_done_beside_an_open_capture_ends_nothing_before_it() -> None:
    """It ended the payment as canceled, in which no capture could fail any more: nobody could ever
    carry it on."""
    busy = (*f.HELD, *over(VOID, e.VoidFailed), CAPTURE, no(CAPTURE), late_void())
    assert what_follows(payment_of(*busy), now=f.at(91)) == []

    failed = e.CaptureFailed(operation=CAPTURE.operation, code="no", at=f.at(92))
    after = payment_of(*busy, failed)
    assert what_follows(after, now=f.at(92)) == [e.PaymentCanceled(at=f.at(92))]


def late_void() -> e.LateOperationObserved:
    return replace(done("v", 1000), key=VOID.key, operation=VOID.operation, reference="op_v")


def test_what_was_settled_as_not_done_counts_when_it_was_done() -> None:
    events = (*f.CHARGED, *over(REFUND, e.RefundFailed))

    assert told(REFUND, *events) == [done("r")]
    assert told(REFUND, *events, done("r")) == []
    payment = payment_of(*events, done("r"))
    assert s.refundable(payment) == f.euro(400)
    view = payment_view(payment)
    assert (view["amount_refunded"], view["needs_review"]) == (600, False)
    assert (view["refunds"][0]["status"], view["refunds"][0]["failure"]) == ("succeeded", None)


@pytest.mark.parametrize("minor", [500_000_000_001, AMOUNT_MINOR_MAX])
def test_money_that_moved_twice_is_recorded_however_much_it_was(minor: int) -> None:
    """Beyond half of what may be asked for it raised InvalidMoney, and was never recorded."""
    much = f.euro(minor)
    charged = (*f.OPENED[1:], f.asked(amount=much), f.charged(amount=much))
    opened = f.initiated(amount=much)
    tries = [replace(one, amount=much) for one in (REFUND, SECOND_TRY)]
    by_the_second = f.done(e.RefundSucceeded, "r", much, 2)
    events = (opened, *charged, tries[0], no(tries[0]), tries[1], by_the_second)

    late, review = told(tries[0], *events)

    assert late == replace(done("r"), amount=much)
    assert isinstance(review, e.ReviewRequested)
    view = payment_view(payment_of(*events, late, review))
    assert (view["amount_refunded"], view["needs_review"]) == (2 * minor, True)


def test_an_operation_between_tries_needs_no_other() -> None:
    payment = payment_of(*f.CHARGED, REFUND, no(REFUND), done("r"))

    assert operations_between_tries(payment.facts) == []
    assert payment.facts.commands[REFUND.command.id].concluded is not None


def test_more_than_was_taken_is_reviewed_and_shown() -> None:
    given_back = f.done(e.RefundSucceeded, "o", f.euro(600))
    events = (*f.CHARGED, *over(REFUND, e.RefundFailed), OTHER)

    for so_far in (events, (*events, given_back)):
        late, review = told(REFUND, *so_far)
        assert late == done("r")
        assert review == e.ReviewRequested(
            key=REFUND.key, reason="moved_beyond_bounds", at=f.at(90)
        )
    payment = payment_of(*events, given_back, late, review)
    assert payment_view(payment)["needs_review"] is True
    assert payment_view(payment)["amount_refunded"] == 1200
    assert s.refundable(payment).is_zero


def test_what_two_tries_of_one_operation_did_is_counted_twice_and_reviewed() -> None:
    small = replace(REFUND, amount=f.euro(300)), replace(SECOND_TRY, amount=f.euro(300))
    by_the_second = f.done(e.RefundSucceeded, "r", f.euro(300), 2)
    events = (*f.CHARGED, small[0], no(REFUND), small[1], by_the_second)

    late, review = told(small[0], *events)

    assert review == e.ReviewRequested(key=REFUND.key, reason="moved_twice", at=f.at(90))
    assert s.refundable(payment_of(*events, late)) == f.euro(400)
    assert payment_of(*events, late).facts.operations[REFUND.operation].again == 300


def test_a_try_that_is_open_beside_it_is_not_repeated_and_counts_until_it_is_settled() -> None:
    small = replace(REFUND, amount=f.euro(300)), replace(SECOND_TRY, amount=f.euro(300))
    unknown = f.silent(of=SECOND_TRY.key)
    so_far = (*f.CHARGED, small[0], no(REFUND), small[1], unknown)
    able = offering()

    def repeatable(payment: Any) -> bool:
        attempt = payment.facts.attempts[SECOND_TRY.key]
        return may_repeat(payment.facts, attempt, able, owner=f.OWNER, now=f.at(20))

    assert repeatable(payment_of(*so_far)) is True
    events = (*so_far, done("r", 300))
    beside = payment_of(*events)
    assert repeatable(beside) is False
    assert s.refundable(beside) == f.euro(400)
    assert payment_view(beside)["amount_refunded"] == 300
    assert s.refundable(payment_of(*events, no(SECOND_TRY))) == f.euro(700)
    late, review = told(small[1], *events)
    assert isinstance(late, e.LateOperationObserved)
    assert isinstance(review, e.ReviewRequested)
    assert s.refundable(payment_of(*events, late)) == f.euro(400)


def test_a_late_capture_takes_what_was_held() -> None:
    events = (*f.HELD, *over(CAPTURE, e.CaptureFailed))
    payment = payment_of(*events, *told(CAPTURE, *events))

    assert isinstance(payment, s.Captured)
    assert s.captured(payment, settled=True) == f.euro(400)
    assert capturable(payment) == f.euro(600)


def test_a_late_capture_of_what_was_released_is_reviewed() -> None:
    released = (VOID, f.done(e.VoidSucceeded, "v"), e.PaymentCanceled(at=f.at(6)))
    events = (*f.HELD, *over(CAPTURE, e.CaptureFailed), *released)

    assert [type(one) for one in told(CAPTURE, *events)] == [
        e.LateOperationObserved,
        e.ReviewRequested,
    ]
    canceled = payment_of(*events, done("c", 400))
    assert isinstance(canceled, s.Canceled)
    view = payment_view(canceled)
    assert (view["amount_captured"], view["amount_refunded"]) == (400, 0)


def taken(name: str, minor: int) -> tuple[PaymentEvent, ...]:
    capture = f.begun(e.CaptureStarted, name, f.euro(minor), command=f.ref("capture", ord(name)))
    return (capture, f.done(e.CaptureSucceeded, name, f.euro(minor)))


@pytest.mark.parametrize(
    ("given_before", "reviewed"), [(0, False), (99, False), (100, False), (101, True)]
)
def test_a_late_refund_may_give_back_what_was_taken_in_parts(
    given_before: int, reviewed: bool
) -> None:
    other = replace(OTHER, amount=f.euro(given_before))
    before = (other, f.done(e.RefundSucceeded, "o", f.euro(given_before))) if given_before else ()
    parts = (*taken("c", 400), *taken("d", 300))
    events = (*f.HELD, *parts, *over(REFUND, e.RefundFailed), *before)

    facts = told(REFUND, *events)

    assert [type(one) for one in facts] == [
        e.LateOperationObserved,
        *([e.ReviewRequested] if reviewed else []),
    ]


def test_a_capture_whose_end_is_open_gives_a_late_refund_no_room() -> None:
    opened = f.begun(e.CaptureStarted, "d", f.euro(300), command=f.ref("capture", 2))
    given = replace(REFUND, amount=f.euro(400))
    other = (replace(OTHER, amount=f.euro(100)), f.done(e.RefundSucceeded, "o", f.euro(100)))
    events = (*f.HELD, *taken("c", 400), *over(given, e.RefundFailed), *other, opened)

    assert [type(one) for one in told(given, *events)] == [
        e.LateOperationObserved,
        e.ReviewRequested,
    ]


@pytest.mark.parametrize(("also_taken", "reviewed"), [(599, False), (600, False), (601, True)])
def test_a_late_capture_may_take_what_is_left_of_the_hold(also_taken: int, reviewed: bool) -> None:
    open_one = replace(CAPTURE, amount=f.euro(400))
    events = (*f.HELD, *over(open_one, e.CaptureFailed), *taken("d", also_taken))

    facts = told(open_one, *events)

    assert [type(one) for one in facts] == [
        e.LateOperationObserved,
        *([e.ReviewRequested] if reviewed else []),
    ]


def test_a_hold_that_is_gone_does_not_say_who_released_it() -> None:
    assert told(VOID, *f.HELD, *over(VOID, e.VoidFailed), answer=Lapsed()) == []


def test_a_late_compensation_of_a_stray_is_no_second_one() -> None:
    given = f.begun(e.CompensationStarted, "x", means="refund")
    events = (*f.OPENED, f.asked(), f.failed(), f.late(), given, no(given))

    (late,) = told(given, *events)

    assert isinstance(late, e.LateOperationObserved)


@pytest.mark.parametrize(
    "events",
    [
        (*f.CHARGED, REFUND, done("r")),
        (*f.CHARGED, REFUND, f.done(e.RefundSucceeded, "r", f.euro(600)), done("r")),
        (*f.CHARGED, REFUND, no(REFUND), done("r"), done("r")),
        (*f.CHARGED, REFUND, no(REFUND), replace(done("r"), operation=OTHER.operation)),
        (*f.CHARGED, REFUND, no(REFUND), OTHER, replace(done("r"), operation=OTHER.operation)),
        (
            *f.CHARGED, REFUND, no(REFUND), SECOND_TRY, done("r"),
            f.done(e.RefundSucceeded, "r", f.euro(600), 2),
        ),
    ],
)  # fmt: skip
def test_what_is_not_late_is_impossible(events: tuple[PaymentEvent, ...]) -> None:
    with pytest.raises(ImpossibleHistory):
        payment_of(*events)
