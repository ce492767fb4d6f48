"""Money that moved under none of our keys, and successes that were undone: in every state, in the
bounds, and before a person where they break."""

from __future__ import annotations

from typing import Any

import pytest

from domain.gateway import answers as g
from domain.money import Money
from domain.payment import events as e
from domain.payment import state as s
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.decisions import closing, follow_up
from domain.payment.decisions.observing import (
    OBSERVED_PER_PAYMENT_MAX,
    record_movement,
    record_sums,
)
from domain.payment.evolve import fold
from domain.payment.holding import capturable
from domain.payment.kept import standing_charge
from domain.payment.rules import CaptureExceeds, NotCapturable, RefundExceeds
from domain.payment.view import payment_view
from tests.domain import facts as f
from tests.domain.moved_by_others import CAPTURED, REFUND, REFUNDED, found, key_of, sums
from tests.domain.story import given, payment_of, sender


def test_a_capture_by_others_makes_a_hold_captured_and_leaves_less_to_capture() -> None:
    payment = payment_of(*f.HELD, f.moved_beside("capture", f.euro(700)))

    assert isinstance(payment, s.Captured)
    assert s.status(payment) == "partially_captured"
    assert capturable(payment) == f.euro(300)
    assert s.refundable(payment) == f.euro(700)
    given(*f.HELD, f.moved_beside("capture")).when(
        lambda now: follow_up.capture(
            now, command=f.ref("capture"), amount=f.euro(1), several=True, sender=sender()
        )
    ).then_rejected(NotCapturable)


def test_where_one_capture_is_all_a_capture_by_others_was_it() -> None:
    given(*f.HELD, f.moved_beside("capture", f.euro(700))).when(
        lambda now: follow_up.capture(
            now, command=f.ref("capture"), amount=f.euro(1), several=False, sender=sender()
        )
    ).then_rejected(NotCapturable)


def test_a_void_by_others_releases_and_ends_the_payment() -> None:
    part = payment_of(*f.HELD, f.moved_beside("void", f.euro(300)))
    whole = payment_of(*f.HELD, f.moved_beside("void"))

    assert capturable(part) == f.euro(700)
    assert closing.what_follows(part, now=f.at(31)) == []
    assert closing.what_follows(whole, now=f.at(31)) == [e.PaymentCanceled(at=f.at(31))]
    given(*f.HELD, f.moved_beside("void", f.euro(300))).when(
        lambda now: follow_up.capture(
            now, command=f.ref("capture"), amount=f.euro(701), several=True, sender=sender()
        )
    ).then_rejected(CaptureExceeds)


def test_a_refund_by_others_counts_in_the_bound_of_refunds() -> None:
    payment = payment_of(*f.CHARGED, f.moved_beside("refund", f.euro(900)))

    assert s.refundable(payment) == f.euro(100)
    assert payment_view(payment)["amount_refunded"] == 900
    given(*f.CHARGED, f.moved_beside("refund", f.euro(900))).when(
        lambda now: follow_up.refund(
            now, command=f.ref("refund"), amount=f.euro(101), reason=None, offered=True,
            sender=sender(),
        )
    ).then_rejected(RefundExceeds)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "means", "amount", "breaks"),
    [
        (f.CHARGED, "refund", 1000, False),
        (f.CHARGED, "refund", 1001, True),
        (f.CHARGED, "capture", 1, True),
        (f.CHARGED, "void", 1, True),
        (REFUNDED, "refund", 600, False),
        (REFUNDED, "refund", 601, True),
        ((*f.CHARGED, REFUND), "refund", 601, True),  # what is open counts as done
        (f.HELD, "capture", 1000, False),
        (f.HELD, "capture", 1001, True),
        (f.HELD, "refund", 1, True),
        (CAPTURED, "void", 400, False),
        (CAPTURED, "void", 401, True),
        (CAPTURED, "capture", 401, True),
        (CAPTURED, "refund", 600, False),
        (CAPTURED, "refund", 601, True),
    ],
)
def test_a_person_is_asked_where_it_breaks_a_bound(
    before: Any, means: e.Means, amount: int, breaks: bool
) -> None:
    payment = payment_of(*before)
    hold = standing_charge(payment.facts, f.key())
    assert hold is not None
    events = record_movement(
        payment.facts, hold, means, f.euro(amount), reference="x", source="notice", now=f.at(50)
    )
    after: Any = fold(events, payment)

    assert [type(one) for one in events] == [
        e.ForeignMovementObserved, *([e.ReviewRequested] if breaks else [])
    ]  # fmt: skip
    assert payment_view(after)["needs_review"] is breaks


def test_what_we_asked_for_beside_it_may_break_the_bound_too() -> None:
    open_beside = (*f.CHARGED, REFUND, f.moved_beside("refund"))
    settled = payment_of(*open_beside, f.done(e.RefundSucceeded, "refund-1", f.euro(1)))
    assert s.refundable(settled).is_zero

    now = payment_of(*f.CHARGED, REFUND, f.moved_beside("refund", f.euro(600)))
    events = found(now, g.Done("re", f.euro(400)), key_of("refund-1"))
    assert [type(one) for one in events] == [e.RefundSucceeded]  # just fits

    now = payment_of(*open_beside)
    events = found(now, g.Done("re", f.euro(400)), key_of("refund-1"))
    assert [type(one) for one in events] == [e.RefundSucceeded, e.ReviewRequested]


def test_a_movement_of_nothing_that_stands_cannot_have_happened() -> None:
    for before in ((*f.OPENED, f.asked()), (*f.OPENED, f.asked(), f.failed())):
        with pytest.raises(ImpossibleHistory):
            payment_of(*before, f.moved_beside("refund"))
    with pytest.raises(ImpossibleHistory):
        payment_of(*f.CHARGED, f.moved_beside("refund", Money(1, "USD")))


def test_the_sums_of_a_look_up_are_compared_with_ours() -> None:
    held, charged = payment_of(*f.HELD), payment_of(*f.CHARGED)
    captured = g.Captured("ch_1", f.TEN, sums(captured=1000))

    (fact,) = found(held, g.Authorized("ch_1", f.TEN, sums(captured=1000)))
    assert (fact.means, fact.amount, fact.source) == ("capture", f.TEN, "look_up")
    (fact,) = found(held, g.Authorized("ch_1", f.TEN, sums(authorized=300)))
    assert (fact.means, fact.amount) == ("void", f.euro(700))
    (fact,) = found(charged, g.Captured("ch_1", f.TEN, sums(captured=1000, refunded=250)))
    assert (fact.means, fact.amount, fact.reference) == ("refund", f.euro(250), "ch_1")
    assert found(charged, captured) == []


def test_what_is_open_of_ours_counts_as_done_and_less_than_ours_proves_nothing() -> None:
    refunding, refunded = payment_of(*f.CHARGED, REFUND), payment_of(*REFUNDED)

    assert found(refunding, g.Captured("ch_1", f.TEN, sums(captured=1000, refunded=400))) == []
    assert found(refunded, g.Captured("ch_1", f.TEN, sums(captured=1000, refunded=0))) == []
    (fact,) = found(refunded, g.Captured("ch_1", f.TEN, sums(captured=1000, refunded=401)))
    assert fact.amount == f.euro(1)


def test_an_answer_is_held_against_the_payment_as_it_was_when_it_was_asked_for() -> None:
    """A refund that was asked for since is in ours alone; one that was undone since was in both."""
    before = payment_of(*REFUNDED)
    now = payment_of(*REFUNDED, f.undone(e.RefundReversed, key_of("refund-1"), f.euro(400)))

    told = g.Captured("ch_1", f.TEN, sums(captured=1000, refunded=400))
    assert found(now, told, before=before.facts) == []
    (fact,) = found(now, told)
    assert fact.amount == f.euro(400)


def test_sums_in_another_currency_are_not_compared() -> None:
    payment = payment_of(*f.CHARGED)
    other = g.Sums(authorized=1000, captured=1000, refunded=900, currency="USD")
    assert found(payment, g.Captured("ch_1", f.TEN, other)) == []


def test_without_sums_a_hold_that_is_said_to_be_captured_was_captured() -> None:
    (fact,) = found(payment_of(*f.HELD), g.Captured("ch_1", f.TEN))
    assert (fact.means, fact.amount) == ("capture", f.TEN)

    assert found(payment_of(*f.HELD), g.Authorized("ch_1", f.TEN)) == []
    assert found(payment_of(*CAPTURED), g.Captured("ch_1", f.TEN)) == []
    assert found(payment_of(*f.CHARGED), g.Captured("ch_1", f.TEN)) == []


def test_the_first_word_of_a_charge_may_tell_of_movements_as_well() -> None:
    told = g.Captured("ch_1", f.TEN, sums(captured=1000, refunded=250))
    events = found(payment_of(*f.UNKNOWN), told)
    assert [type(one) for one in events] == [e.AttemptSucceeded, e.ForeignMovementObserved]


def test_movements_have_a_bound_and_then_a_person_is_asked() -> None:
    payment = payment_of(*f.CHARGED, *[f.moved_beside("refund", f.euro(1))] * 99)
    for last in (True, False):
        hold = standing_charge(payment.facts, f.key())
        assert hold is not None
        refunded = payment.facts.by_means(hold, "refund").amount + 1
        events = record_sums(
            payment.facts, hold, sums(captured=1000, refunded=refunded), before=payment.facts,
            source="look_up", now=f.at(50),
        )  # fmt: skip
        kinds = [type(one) for one in events]
        assert kinds == [e.ForeignMovementObserved if last else e.ReviewRequested]
        payment = fold(events, payment)
    assert len(payment.facts.foreign) == OBSERVED_PER_PAYMENT_MAX
