"""Capture, cancel, refund, expiry and giving back, each within its bounds."""

from __future__ import annotations

from typing import Any

import pytest

from domain.money import Money
from domain.payment import events as e
from domain.payment import rules as r
from domain.payment.decisions import follow_up
from domain.payment.decisions.closing import (
    compensate,
    expire,
    expires_at,
    give_up,
    goes_on,
    operations_between_tries,
    owed,
    what_follows,
)
from domain.payment.decisions.operations import try_again
from domain.payment.events import PaymentEvent
from domain.payment.view import payment_view
from tests.domain import facts as f
from tests.domain.story import Decision, given, payment_of, sender

EXPIRY = f.begun(e.VoidStarted, "expiry", reason="expired")
FAILED_EARLIER = e.PaymentFailed(code="c", retryable=True, at=f.at(2))


def capture(amount: int | None = None, *, several: bool = True, number: int = 1) -> Decision:
    money = None if amount is None else f.euro(amount)
    return lambda payment: follow_up.capture(
        payment, command=f.ref("capture", number), amount=money, several=several, sender=sender()
    )


def refund(
    amount: int | None = None,
    *,
    currency: str = "EUR",
    reason: str | None = None,
    offered: bool = True,
) -> Decision:
    money = None if amount is None else Money(amount, currency)
    return lambda payment: follow_up.refund(
        payment,
        command=f.ref("refund"),
        amount=money,
        reason=reason,
        offered=offered,
        sender=sender(),
    )


def cancel(payment: Any) -> list[PaymentEvent]:
    return follow_up.cancel(payment, command=f.ref("cancel"), sender=sender())


def captured(name: str, amount: int) -> tuple[PaymentEvent, ...]:
    money = f.euro(amount)
    return f.begun(e.CaptureStarted, name, money), f.done(e.CaptureSucceeded, name, money)


def refunding(name: str, amount: int) -> PaymentEvent:
    started: PaymentEvent = f.begun(e.RefundStarted, name, f.euro(amount))
    return started


def test_a_capture_takes_what_is_asked_for_or_all_that_is_left() -> None:
    assert given(*f.HELD).when(capture(400)).then_one(e.CaptureStarted).amount == f.euro(400)
    rest = given(*f.HELD, *captured("c", 400)).when(capture()).then_one(e.CaptureStarted)
    assert rest.amount == f.euro(600)
    assert (rest.charge, rest.charge_key) == ("ch_1", f.key())


@pytest.mark.parametrize(
    ("history", "decision", "refusal"),
    [
        ((*f.OPENED, f.asked()), capture(), r.AttemptStillOpen),
        (f.UNKNOWN, capture(), r.AttemptStillOpen),
        (f.HELD, capture(1001), r.CaptureExceeds),
        ((*f.HELD, f.begun(e.CaptureStarted, "c", f.euro(600))), capture(401), r.CaptureExceeds),
        ((*f.HELD, *captured("c", 1000)), capture(), r.NotCapturable),
        ((*f.HELD, *captured("c", 400)), capture(several=False), r.NotCapturable),
        ((*f.HELD, f.begun(e.VoidStarted, "v")), capture(), r.OperationStillOpen),
        ((*f.HELD, EXPIRY), capture(), r.OperationStillOpen),
        (f.CHARGED, capture(), r.NotCapturable),
        ((*f.OPENED, FAILED_EARLIER), capture(), r.NotCapturable),
        ((*f.UNKNOWN, f.cancel_requested(), f.held()), capture(), r.NotCapturable),
        ((*f.OPENED, f.asked()), refund(), r.AttemptStillOpen),
        (f.HELD, refund(), r.NotRefundable),
        ((*f.OPENED, FAILED_EARLIER), refund(), r.NotRefundable),
        (f.CHARGED, refund(1001), r.RefundExceeds),
        (f.CHARGED, refund(100, currency="USD"), r.CurrencyDiffers),
        ((*f.CHARGED, refunding("r", 600)), refund(401), r.RefundExceeds),
        ((*f.CHARGED, refunding("r", 1000)), refund(), r.RefundExceeds),
        ((*f.HELD, f.begun(e.CaptureStarted, "c")), refund(), r.NotRefundable),
        ((*f.HELD, *captured("c", 400)), refund(401), r.RefundExceeds),
        ((*f.UNKNOWN, f.cancel_requested(), f.charged()), refund(), r.NotRefundable),
        ((*f.OPENED, FAILED_EARLIER), cancel, r.NotCancelable),
        (f.CHARGED, cancel, r.NotCancelable),
        ((*f.HELD, f.begun(e.CaptureStarted, "c", f.euro(1))), cancel, r.OperationStillOpen),
        ((*f.HELD, EXPIRY), cancel, r.OperationStillOpen),
        ((*f.UNKNOWN, f.cancel_requested(2), f.held()), cancel, r.NotCancelable),
        ((*f.UNKNOWN, f.cancel_requested(2)), cancel, r.NotCancelable),
    ],
)
def test_what_the_state_or_a_bound_forbids_is_refused(
    history: tuple[PaymentEvent, ...], decision: Decision, refusal: type[r.PaymentRejected]
) -> None:
    given(*history).when(decision).then_rejected(refusal)


def test_every_refusal_has_a_code_of_its_own() -> None:
    kinds = r.PaymentRejected.__subclasses__()

    assert len({one.code for one in kinds} - {"rejected"}) == len(kinds)
    assert all(f"{one.__name__} " in (r.PaymentRejected.__doc__ or "") for one in kinds)


def test_a_failed_operation_frees_its_amount() -> None:
    started = f.begun(e.RefundStarted, "r")
    no = e.AttemptFailed(
        key=started.key, code="c", message="", transient=False, retry_after_s=None,
        evidence="answer", at=f.at(2),
    )  # fmt: skip
    over = e.RefundFailed(operation=started.operation, code="c", at=f.at(2))

    given(*f.CHARGED, started, no).when(refund()).then_rejected(r.RefundExceeds)
    assert given(*f.CHARGED, started, no, over).when(refund()).then_one(
        e.RefundStarted
    ).amount == f.euro(1000)


def test_what_a_gateway_really_took_is_what_can_be_given_back() -> None:
    conflicted = given(*f.OPENED, f.asked(), f.charged(amount=f.euro(900)))

    assert conflicted.when(refund()).then_one(e.RefundStarted).amount == f.euro(900)
    conflicted.when(refund(901)).then_rejected(r.RefundExceeds)


def test_canceling_ends_waits_or_releases() -> None:
    given(*f.OPENED).when(cancel).then(e.CancelRequested, e.PaymentCanceled)
    given(*f.OPENED, f.asked()).when(cancel).then(e.CancelRequested)
    given(*f.UNKNOWN).when(cancel).then(e.CancelRequested)
    whole = given(*f.HELD).when(cancel).then(e.CancelRequested, e.VoidStarted)
    rest = given(*f.HELD, *captured("c", 400)).when(cancel).then(e.CancelRequested, e.VoidStarted)
    assert [getattr(one, "amount", None) for one in (whole[1], rest[1])] == [f.TEN, f.euro(600)]


def test_a_void_that_fails_may_be_asked_for_again() -> None:
    void = f.begun(e.VoidStarted, "v")
    no = e.AttemptFailed(
        key=void.key, code="c", message="", transient=False, retry_after_s=None,
        evidence="answer", at=f.at(2),
    )  # fmt: skip
    over = e.VoidFailed(operation=void.operation, code="c", at=f.at(2))
    history = (*f.HELD, f.cancel_requested(7), void, no, over)

    given(*history).when(cancel).then(e.CancelRequested, e.VoidStarted)
    given(*history).when(capture()).then(e.CaptureStarted)


def test_what_nobody_wants_is_owed_until_it_is_being_given_back() -> None:
    history = (*f.OPENED, f.asked(), f.failed(), FAILED_EARLIER, f.late())
    payment = payment_of(*history)
    (hold,) = owed(payment)

    started = compensate(payment, hold, sender())

    assert (started.means, started.amount, started.charge) == ("refund", f.TEN, "ch_1")
    assert owed(payment_of(*history, started)) == []
    assert compensate(payment, hold, sender(20)).key == started.key
    held = payment_of(*history[:-1], f.late(captured=False))
    assert compensate(held, owed(held)[0], sender()).means == "void"


def test_a_charge_that_came_after_its_cancellation_is_given_back_and_then_canceled() -> None:
    history = (*f.UNKNOWN, f.cancel_requested(), f.charged())
    payment = payment_of(*history)
    started = compensate(payment, owed(payment)[0], sender())
    done = e.CompensationSucceeded(
        operation=started.operation, key=started.key, reference="r", amount=f.TEN,
        evidence="answer", at=f.at(30),
    )  # fmt: skip

    given(*history, started).when(lambda one: what_follows(one, now=f.at(31))).then_nothing()
    given(*history, started, done).when(lambda one: what_follows(one, now=f.at(31))).then(
        e.PaymentCanceled
    )
    view = payment_view(payment_of(*history, started, done, e.PaymentCanceled(at=f.at(31))))
    assert (view["amount_captured"], view["amount_refunded"]) == (1000, 1000)


def test_a_hold_expires_only_with_nothing_open_and_after_its_void() -> None:
    held = payment_of(*f.HELD)
    open_capture = payment_of(*f.HELD, f.begun(e.CaptureStarted, "c", f.euro(1)))

    assert expires_at(held, 3600) == f.at(3601)
    assert expires_at(open_capture, 3600) is None
    assert expires_at(payment_of(*f.CHARGED), 3600) is None
    started = given(*f.HELD).when(lambda one: expire(one, sender(3601))).then_one(e.VoidStarted)
    done = f.done(e.VoidSucceeded, "v", operation=started.operation, key=started.key)
    given(*f.HELD, started).when(lambda one: what_follows(one, now=f.at(1))).then_nothing()
    given(*f.HELD, started, done).when(lambda one: what_follows(one, now=f.at(1))).then(
        e.PaymentExpired
    )


def test_a_void_that_a_merchant_asked_for_cancels() -> None:
    history = (*f.HELD, f.begun(e.VoidStarted, "v"), f.done(e.VoidSucceeded, "v"))

    given(*history).when(lambda one: what_follows(one, now=f.at(9))).then(e.PaymentCanceled)


@pytest.mark.parametrize("reason", ["expired", "canceled", None])
def test_a_refund_is_the_merchants_whatever_reason_he_gives(reason: str | None) -> None:
    started = given(*f.CHARGED).when(refund(reason=reason)).then_one(e.RefundStarted)
    payment = payment_of(*f.CHARGED, started)
    operation = payment.facts.operations[started.operation]

    assert not goes_on(operation)
    assert [type(one) for one in give_up(operation, "c", now=f.at(9))] == [e.RefundFailed]


def test_what_nobody_waits_for_is_never_given_up() -> None:
    started = f.begun(e.CompensationStarted, "comp", means="refund")
    compensation = payment_of(*f.OPENED, f.asked(), f.failed(), f.late(), started)
    expiry = payment_of(*f.HELD, EXPIRY)

    for payment in (compensation, expiry):
        (operation,) = payment.facts.operations.values()
        assert goes_on(operation)
        assert give_up(operation, "c", now=f.at(9)) == []


def test_a_retry_of_an_operation_has_a_new_key_and_the_same_amount() -> None:
    started = f.begun(e.RefundStarted, "r", f.euro(300))
    payment = payment_of(*f.CHARGED, started, f.not_sent(started.key))
    (operation,) = operations_between_tries(payment.facts)

    again = try_again(payment.facts, operation, sender(30))

    assert (again.number, again.operation, again.amount) == (2, started.operation, f.euro(300))
    assert again.key != started.key
    assert again.send_before == f.at(32)
    assert again.request_hash == f"refund 300 of ch_1 under {again.key}"
