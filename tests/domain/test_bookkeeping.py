"""What the facts add up to beside the state: commands and their answers, tries, operations."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.payment import events as e
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.decisions.sender import attempt_key
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from domain.payment.state import Facts
from tests.domain import facts as f
from tests.domain.story import payment_of

CAPTURE = f.begun(e.CaptureStarted, "c", f.euro(400), command=f.ref("capture"))
REFUND = f.begun(e.RefundStarted, "r", f.euro(250), command=f.ref("refund"), reason=None)
VOID = f.begun(e.VoidStarted, "v", command=None, reason="canceled")


def facts_of(*events: PaymentEvent) -> Facts:
    facts: Facts = payment_of(*events).facts
    return facts


def try_failed(name: str, number: int = 1) -> e.AttemptFailed:
    return replace(f.failed(), key=attempt_key(f.PAYMENT, f.operation(name), number))


def concluded(facts: Facts, name: Any = "create", number: int = 1) -> int | None:
    return facts.commands[f.ref(name, number).id].concluded


def refused(number: int) -> e.CommandRefused:
    return e.CommandRefused(
        command=f.ref("refund", number), code="refund_exceeds_captured", detail="no", at=f.at(8)
    )


def impossible(*events: PaymentEvent) -> None:
    with pytest.raises(ImpossibleHistory):
        fold(events)


def test_every_refusal_counts_and_is_an_answer_at_once() -> None:
    facts = facts_of(*f.CHARGED, refused(1), refused(2))

    assert facts.refusals == 2
    assert [concluded(facts, "refund", number) for number in (1, 2)] == [4, 5]
    assert facts.commands[f.ref("refund", 1).id].detail == "no"
    assert facts.commands[f.ref().id].detail == ""


def test_a_command_is_recorded_once() -> None:
    impossible(*f.HELD, e.CancelRequested(command=f.ref(), at=f.at(5)))
    impossible(*f.CHARGED, refused(1), refused(1))
    assert facts_of(*f.CHARGED, refused(1)).commands[f.ref().id].first == 0


def test_the_first_conclusion_is_the_answer_for_ever() -> None:
    assert concluded(facts_of(*f.OPENED, f.asked())) is None
    assert concluded(facts_of(*f.CHARGED)) == 3
    assert concluded(facts_of(*f.UNKNOWN)) == 3
    assert concluded(facts_of(*f.UNKNOWN, f.charged())) == 3
    assert concluded(facts_of(*f.OPENED, f.asked(), f.pending(), f.charged())) == 3
    assert concluded(facts_of(*f.OPENED, f.asked(), f.taken_over(), f.charged())) == 3


def test_a_cancellation_is_answered_at_once_only_while_a_charge_is_open() -> None:
    in_flight = facts_of(*f.OPENED, f.asked(), f.cancel_requested())
    held = facts_of(*f.HELD, f.cancel_requested())

    assert (in_flight.unwanted, concluded(in_flight, "cancel")) == (True, 3)
    assert (held.unwanted, concluded(held, "cancel")) == (False, None)
    assert facts_of(*f.OPENED, f.cancel_requested()).unwanted
    assert facts_of(*f.OPENED, f.asked(), f.failed(), f.cancel_requested()).unwanted


def test_the_void_of_a_cancellation_is_its_answer() -> None:
    voiding = (*f.HELD, f.cancel_requested(), VOID)
    key = VOID.key

    assert concluded(facts_of(*voiding), "cancel") is None
    assert concluded(facts_of(*voiding, f.silent(of=key)), "cancel") == 6
    whole = (f.done(e.VoidSucceeded, "v"), e.PaymentCanceled(at=f.at(6)))
    assert concluded(facts_of(*voiding, *whole), "cancel") == 7
    assert concluded(facts_of(*f.HELD, CAPTURE, f.silent(of=CAPTURE.key)), "capture") == 5


def test_a_void_of_less_than_was_asked_leaves_the_rest_to_be_asked_for() -> None:
    voiding = (*f.HELD, f.cancel_requested(), VOID)
    part = facts_of(*voiding, f.done(e.VoidSucceeded, "v", f.euro(600)))
    captured = facts_of(*f.HELD, CAPTURE, f.done(e.CaptureSucceeded, "c", f.euro(300)))

    assert (part.cancel, concluded(part, "cancel")) == (None, 6)
    assert facts_of(*voiding, f.done(e.VoidSucceeded, "v")).cancel is not None
    assert captured.operations[CAPTURE.operation].amount == f.euro(300)


def test_a_void_that_failed_may_be_asked_for_again_and_a_capture_changes_no_cancellation() -> None:
    over = e.VoidFailed(operation=VOID.operation, code="not_processed", at=f.at(3))
    facts = facts_of(*f.HELD, f.cancel_requested(), VOID, try_failed("v"), over)

    assert (facts.cancel, concluded(facts, "cancel")) == (None, 7)
    assert facts.operations[VOID.operation].state == "failed"


def test_a_refund_that_failed_changes_no_cancellation() -> None:
    rest = f.begun(e.VoidStarted, "v", f.euro(600), command=f.ref("cancel"), reason="canceled")
    over = e.RefundFailed(operation=REFUND.operation, code="x", at=f.at(9))
    facts = facts_of(
        *f.HELD, CAPTURE, f.done(e.CaptureSucceeded, "c", f.euro(400)),
        f.cancel_requested(), rest, f.done(e.VoidSucceeded, "v", f.euro(600)),
        REFUND, try_failed("r"), over,
    )  # fmt: skip

    assert facts.cancel is not None
    assert facts.operations[REFUND.operation].state == "failed"


def test_tries_of_an_operation_are_counted_and_the_newest_is_the_one() -> None:
    second = f.begun(
        e.RefundStarted, "r", f.euro(250), number=2, command=f.ref("refund"), reason=None
    )
    started = (*f.CHARGED, REFUND)
    again = (*started, try_failed("r"), second)

    assert facts_of(*started).operations[REFUND.operation].tries == 1
    operation = facts_of(*again).operations[REFUND.operation]
    assert (operation.tries, operation.last_key) == (2, second.key)
    third = replace(second, number=3, key=attempt_key(f.PAYMENT, REFUND.operation, 3))
    whole = facts_of(*again, try_failed("r", 2), third)
    assert whole.operations[REFUND.operation].tries == 3
    assert whole.commands[f.ref("refund").id].first == 4
    impossible(*again, f.done(e.RefundSucceeded, "r", f.euro(250), number=1))


def test_no_further_try_while_one_is_open_or_all_is_over_or_of_another_charge() -> None:
    second = f.begun(
        e.RefundStarted, "r", f.euro(250), number=2, command=f.ref("refund"), reason=None
    )
    over = e.RefundFailed(operation=REFUND.operation, code="x", at=f.at(3))

    impossible(*f.CHARGED, REFUND, second)
    impossible(*f.CHARGED, REFUND, try_failed("r"), over, second)
    impossible(*f.CHARGED, REFUND, try_failed("r"), replace(second, charge_key=f.key(2)))
    impossible(*f.CHARGED, REFUND, over)
    impossible(*f.CHARGED, REFUND, try_failed("r"), over, over)


def test_who_takes_over_knows_nothing_of_the_send() -> None:
    facts = facts_of(*f.OPENED, f.asked(), f.taken_over("w-2"), f.taken_over("w-3"))
    attempt = facts.attempts[f.key()]

    assert (attempt.unknown, attempt.take_overs, attempt.owner) == (True, 2, "w-3")
    assert attempt.refusal_counts(late=True) is False


def test_a_review_is_of_what_is_not_settled() -> None:
    review = e.ReviewRequested(key=REFUND.key, reason="refused_for_ever", at=f.at(9))
    started = (*f.CHARGED, REFUND)
    over = e.RefundFailed(operation=REFUND.operation, code="x", at=f.at(3))

    for events in (started, (*started, try_failed("r"))):
        facts = facts_of(*events, review)
        assert facts.attempts[REFUND.key].review == "refused_for_ever"
    impossible(*started, try_failed("r"), over, review)
    impossible(*started, f.done(e.RefundSucceeded, "r", f.euro(250)), review)
    impossible(*f.CHARGED, replace(review, key=f.key()))
