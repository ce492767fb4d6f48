"""Successes that are undone later: a refund that came back, a capture that fell through."""

from __future__ import annotations

from typing import Any

import pytest

from domain.gateway import answers as g
from domain.money import Money
from domain.payment import events as e
from domain.payment import state as s
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.decisions.observing import (
    record_undone,
)
from domain.payment.evolve import fold
from domain.payment.holding import capturable
from domain.payment.view import payment_view
from tests.domain import facts as f
from tests.domain.moved_by_others import CAPTURED, REFUND, REFUNDED, found, key_of
from tests.domain.story import payment_of


def test_a_refund_that_came_back_frees_its_bound_and_asks_for_a_person() -> None:
    payment = payment_of(*REFUNDED)
    key = key_of("refund-1")
    events = found(payment, g.Undone("re_1", f.euro(400)), key)
    after: Any = fold(events, payment)

    assert [type(one) for one in events] == [e.RefundReversed, e.ReviewRequested]
    assert s.refundable(after) == f.TEN
    view = payment_view(after)
    assert (view["amount_refunded"], view["needs_review"]) == (0, True)
    (refund,) = view["refunds"]
    assert (refund["status"], refund["failure"]["code"]) == ("failed", "reversed")
    assert refund["amount_reversed"] == 400
    (movement,) = view["movements"]
    assert (movement["kind"], movement["amount"]) == ("refund_reversed", 400)
    assert found(after, g.Undone("re_1", f.euro(400)), key) == []  # is on record


def test_a_part_that_came_back_leaves_a_refund_of_the_rest() -> None:
    payment = payment_of(*REFUNDED)
    events = found(payment, g.Undone("re_1", f.euro(100)), key_of("refund-1"))
    after: Any = fold(events, payment)

    assert s.refundable(after) == f.euro(700)
    (refund,) = payment_view(after)["refunds"]
    assert (refund["status"], refund["amount_reversed"]) == ("succeeded", 100)


def test_a_capture_that_fell_through_takes_back_its_bound() -> None:
    key = key_of("capture-1")
    payment = payment_of(*CAPTURED)
    events = found(payment, g.Undone("op_1", f.euro(600)), key)
    after: Any = fold(events, payment)

    assert [type(one) for one in events] == [e.CaptureReversed, e.ReviewRequested]
    assert s.refundable(after).is_zero
    assert capturable(after) == f.euro(400)  # what was captured does not become free again
    view = payment_view(after)
    assert (view["status"], view["amount_captured"]) == ("failed", 0)
    assert view["failure"]["code"] == "capture_reversed"


def test_a_charge_taken_at_once_may_fall_through_as_well() -> None:
    payment = payment_of(*f.CHARGED)
    part: Any = fold(found(payment, g.Undone("ch_1", f.euro(400))), payment)
    whole: Any = fold(found(part, g.Undone("ch_1", f.TEN)), part)

    assert s.status(part) == "partially_captured"
    assert [one.amount for one in whole.facts.undone] == [f.euro(400), f.euro(600)]
    assert s.status(whole) == "failed"
    assert s.refundable(whole).is_zero


def test_undone_before_anybody_knew_that_it_was_done_is_both() -> None:
    refund = found(payment_of(*f.CHARGED, REFUND), g.Undone("re", f.euro(400)), key_of("refund-1"))
    charge = found(payment_of(*f.UNKNOWN), g.Undone("ch_1", f.TEN))

    assert [type(one) for one in refund] == [
        e.RefundSucceeded, e.RefundReversed, e.ReviewRequested,
    ]  # fmt: skip
    assert [type(one) for one in charge] == [
        e.AttemptSucceeded, e.CaptureReversed, e.ReviewRequested,
    ]  # fmt: skip


def test_undone_and_settled_as_not_done_is_what_it_was() -> None:
    failed = (*f.OPENED, f.asked(), f.failed(), e.PaymentFailed(code="c", retryable=True, at=f.T0))
    payment = payment_of(*failed)
    assert found(payment, g.Undone("ch_1", f.TEN)) == []
    attempt = payment.facts.attempts[f.key()]
    undone = g.Undone("ch_1", f.TEN)
    assert record_undone(payment.facts, attempt, undone, evidence="notice", now=f.T0) == []


@pytest.mark.parametrize(
    "wrong",
    [
        f.undone(e.RefundReversed, f.key()),
        f.undone(e.CaptureReversed, key_of("refund-1"), f.euro(400)),
        f.undone(e.RefundReversed, key_of("refund-1"), f.euro(401)),
        f.undone(e.RefundReversed, key_of("refund-1"), Money(1, "USD")),
        f.undone(e.RefundReversed, key_of("refund-2")),
    ],
)
def test_no_more_is_undone_than_was_done(wrong: Any) -> None:
    with pytest.raises(ImpossibleHistory):
        payment_of(*REFUNDED, wrong)
