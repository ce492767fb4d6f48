"""What gives back by itself follows what stands now, whoever moved it."""

from __future__ import annotations

from typing import Any

from domain.gateway import answers as g
from domain.payment import events as e
from domain.payment import state as s
from domain.payment.decisions import closing, follow_up
from domain.payment.decisions.operations import try_again
from domain.payment.evolve import fold
from domain.payment.kept import standing_charge, to_take_back
from domain.payment.rules import NotCancelable
from domain.payment.view import payment_view
from tests.domain import facts as f
from tests.domain.moved_by_others import UNWANTED_HOLD, found, key_of
from tests.domain.story import given, payment_of, sender


def test_the_means_of_a_compensation_follow_what_stands_now() -> None:
    refused = (*UNWANTED_HOLD, _refused("compensation-1"))
    payment = payment_of(*refused, f.moved_beside("capture"))
    operation = payment.facts.operations[f.operation("compensation-1")]
    again = try_again(payment.facts, operation, sender())
    after: Any = fold([again], payment)

    assert isinstance(again, e.CompensationStarted)
    assert (again.means, again.amount) == ("refund", f.TEN)
    assert after.facts.operations[operation.id].means == "refund"
    assert after.facts.attempts[again.key].means == "refund"
    assert after.facts.attempts[operation.last_key].means == "void"  # what that try asked for
    assert again.request_hash == f"refund 1000 of ch_1 under {again.key}"


def test_a_hold_of_which_others_took_a_part_is_given_back_in_two() -> None:
    payment = payment_of(*UNWANTED_HOLD, _refused("compensation-1"))
    payment = _known(fold([f.moved_beside("capture", f.euro(400))], payment))
    first = payment.facts.operations[f.operation("compensation-1")]
    again = try_again(payment.facts, first, sender())
    assert (getattr(again, "means", None), again.amount) == ("refund", f.euro(400))

    done = f.done(e.CompensationSucceeded, "compensation-1", f.euro(400), number=2)
    payment = _known(fold([again, done], payment))
    assert closing.what_follows(payment, now=f.at(60)) == []
    (hold,) = closing.owed(payment)
    second = closing.compensate(payment, hold, sender())
    assert second.operation != first.id
    assert (second.means, second.amount) == ("void", f.euro(600))


def test_what_others_gave_back_in_full_needs_no_compensation_and_ends_the_payment() -> None:
    opened = (*f.OPENED, f.asked(), f.silent(), f.cancel_requested(), f.charged())
    compensation = f.begun(e.CompensationStarted, "compensation-1", means="refund")
    refused = (*opened, compensation, _refused("compensation-1"))
    payment = payment_of(*refused, f.moved_beside("refund"))
    hold = standing_charge(payment.facts, f.key())

    assert hold is not None
    assert to_take_back(payment.facts, hold) is None
    assert closing.operations_between_tries(payment.facts) == []
    assert closing.what_follows(payment, now=f.at(60)) == [e.PaymentCanceled(at=f.at(60))]
    pending = payment_of(*opened, compensation, f.moved_beside("refund"))
    assert closing.what_follows(pending, now=f.at(60)) == []  # its try may still move money


def test_a_compensation_that_came_back_is_a_person_s() -> None:
    late = (*f.OPENED, f.asked(), f.failed(), e.PaymentFailed(code="c", retryable=True, at=f.T0))
    payment = payment_of(
        *late, f.late(), f.begun(e.CompensationStarted, "compensation-1", means="refund"),
        f.done(e.CompensationSucceeded, "compensation-1"),
    )  # fmt: skip
    events = found(payment, g.Undone("re", f.TEN), key_of("compensation-1"))
    after: Any = fold(events, payment)

    assert [type(one) for one in events] == [e.RefundReversed, e.ReviewRequested]
    assert events[1].about == "charge"
    assert closing.owed(after) == []  # no machine tries it again
    assert payment_view(after)["needs_review"]


def test_the_release_of_what_is_expired_ends_where_others_took_it() -> None:
    void = f.begun(e.VoidStarted, "expired-1", reason="expired")
    payment = payment_of(*f.HELD, void, _refused("expired-1"), f.moved_beside("capture"))
    operation = payment.facts.operations[f.operation("expired-1")]
    (ended,) = closing.end_needless(payment.facts, operation, now=f.at(60))

    assert isinstance(ended, e.VoidFailed)
    assert s.status(payment_of(*f.HELD, void, _refused("expired-1"), f.moved_beside("capture"),
                               ended)) == "succeeded"  # fmt: skip
    held = payment_of(*f.HELD, void, _refused("expired-1"))
    assert closing.end_needless(held.facts, operation, now=f.at(60)) == []


def test_nothing_that_others_took_is_canceled() -> None:
    given(*f.HELD, f.moved_beside("capture")).when(
        lambda now: follow_up.cancel(now, command=f.ref("cancel"), sender=sender())
    ).then_rejected(NotCancelable)


def _refused(name: str) -> e.AttemptFailed:
    return e.AttemptFailed(
        key=key_of(name), code="charge_captured", message="", transient=False, retry_after_s=None,
        evidence="answer", at=f.at(20),
    )  # fmt: skip


def _known(payment: Any) -> Any:
    return payment
