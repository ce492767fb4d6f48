"""Corners of captures, voids and their ends: what is released, under which id, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.canonical import derived_id
from domain.money import Money
from domain.payment import events as e
from domain.payment.decisions.closing import FAILURE, expire, give_up, goes_on
from domain.payment.decisions.follow_up import cancel, capture
from domain.payment.decisions.operations import hold_of, try_again
from domain.payment.decisions.sender import attempt_key, charge_operation, compensation_operation
from domain.payment.rules import NotCancelable, NotCapturable
from tests.domain import facts as f
from tests.domain.story import given, payment_of, sender

CAPTURED_PART = (
    *f.HELD,
    f.begun(e.CaptureStarted, "c", f.euro(400), command=f.ref("capture")),
    f.done(e.CaptureSucceeded, "c", f.euro(400)),
)


def expiring(payment: Any) -> Any:
    return expire(payment, sender())


def canceling(payment: Any) -> Any:
    return cancel(payment, command=f.ref("cancel"), sender=sender())


def capturing_once(payment: Any) -> Any:
    return capture(
        payment, command=f.ref("capture", 2), amount=None, several=False, sender=sender()
    )


def test_ids_stay_as_they_are_for_ever() -> None:
    """They are on record and at the gateways: another one would be another charge."""
    charge = charge_operation(f.PAYMENT)

    assert charge == UUID("c504e09c-7138-5160-8d12-f97593a579ba")
    assert (
        attempt_key(f.PAYMENT, charge, 1)
        == f.key(1)
        == UUID("fd4a2bc9-72a9-51cc-a8f3-70cdec492403")
    )
    assert attempt_key(f.PAYMENT, charge, 2) == UUID("1b323ec0-17f4-59e6-9c0e-83ab4a562809")
    assert compensation_operation(f.PAYMENT, f.key()) == UUID(
        "7af68c04-8d75-5d8d-93e2-48d25603f36f"
    )
    assert expiring(payment_of(*f.HELD)).operation == UUID("245fb734-c6ff-522c-b52c-297681746d20")


def test_every_void_of_what_expired_is_an_operation_of_its_own() -> None:
    first = expiring(payment_of(*f.HELD))
    part = (f.done(e.VoidSucceeded, "x", f.euro(300), operation=first.operation, key=first.key),)
    second = expiring(payment_of(*f.HELD, first, *part))

    assert (first.amount, first.reason) == (f.TEN, "expired")
    assert second.amount == f.euro(700)
    assert second.operation == derived_id(str(f.PAYMENT), "expired", str(f.key()), 2)
    assert expiring(payment_of(*CAPTURED_PART)).operation == first.operation


@pytest.mark.parametrize("kind", ["capture", "void", "refund"])
def test_what_is_given_up_fails_in_its_own_words(kind: str) -> None:
    starts = {
        "capture": (f.HELD, f.begun(e.CaptureStarted, "o", command=f.ref("capture"))),
        "void": (f.HELD, f.begun(e.VoidStarted, "o", command=f.ref("cancel"), reason="canceled")),
        "refund": (f.CHARGED, f.begun(e.RefundStarted, "o", command=f.ref("refund"), reason=None)),
    }
    before, started = starts[kind]
    operation = payment_of(*before, started).facts.operations[started.operation]
    (fact,) = give_up(operation, "not_processed", now=f.at(3))

    assert not goes_on(operation)
    assert type(fact) is FAILURE[kind]
    assert type(fact).__name__ == f"{kind.title()}Failed"
    assert (getattr(fact, "operation", None), getattr(fact, "code", None)) == (
        started.operation,
        "not_processed",
    )


def test_a_gateway_that_takes_one_capture_counts_captures_only() -> None:
    voided = (
        f.begun(e.VoidStarted, "v", f.euro(300), command=f.ref("cancel"), reason="expired"),
        f.done(e.VoidSucceeded, "v", f.euro(300)),
    )

    given(*CAPTURED_PART).when(capturing_once).then_rejected(NotCapturable)
    (started,) = given(*f.HELD, *voided).when(capturing_once).then(e.CaptureStarted)
    assert getattr(started, "amount", None) == f.euro(700)


def test_a_cancellation_releases_what_is_held_whatever_was_taken() -> None:
    _, whole = given(*f.HELD).when(canceling).then(e.CancelRequested, e.VoidStarted)
    _, rest = given(*CAPTURED_PART).when(canceling).then(e.CancelRequested, e.VoidStarted)

    assert isinstance(whole, e.VoidStarted)
    assert isinstance(rest, e.VoidStarted)
    assert (whole.amount, whole.reason, whole.command) == (f.TEN, "canceled", None)
    assert (rest.amount, rest.reason, rest.command) == (f.euro(600), "canceled", f.ref("cancel"))


def test_more_than_was_asked_for_is_not_canceled_but_given_back() -> None:
    conflicted = (*f.OPENED, f.asked(), f.charged(amount=Money(1_200, "EUR")))

    given(*conflicted).when(canceling).then_rejected(NotCancelable)


def test_more_than_was_asked_to_be_held_can_be_released() -> None:
    conflicted = (f.initiated(capture_method="manual"), f.routed(), f.asked(),
                  f.held(amount=Money(900, "EUR")))  # fmt: skip
    _, void = given(*conflicted).when(canceling).then(e.CancelRequested, e.VoidStarted)

    assert getattr(void, "amount", None) == f.euro(900)


def test_a_charge_is_never_tried_again_as_an_operation() -> None:
    payment = payment_of(*CAPTURED_PART)
    (operation,) = payment.facts.operations.values()
    started = payment.facts.attempts[operation.last_key].started

    assert not hold_of(payment.facts, started).captured_at_once
    with pytest.raises(TypeError):
        try_again(payment.facts, replace(operation, last_key=f.key()), sender())
