"""What follows from facts, and what cannot have happened."""

from __future__ import annotations

import pytest

from domain.payment import events as e
from domain.payment import state as s
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from domain.payment.holding import capturable
from domain.payment.state import refundable, status
from tests.domain import facts as f
from tests.domain.story import payment_of

REFUND = f.begun(e.RefundStarted, "refund-1")
REFUNDED = f.done(e.RefundSucceeded, "refund-1")
CAPTURE = f.begun(e.CaptureStarted, "capture-1")


@pytest.mark.parametrize(
    ("events", "state", "word"),
    [
        (f.OPENED, s.Ready, "processing"),
        ((*f.OPENED, f.asked()), s.InFlight, "processing"),
        ((*f.OPENED, f.asked(), f.pending()), s.InFlight, "processing"),
        (f.UNKNOWN, s.Unknown, "pending_verification"),
        ((*f.OPENED, f.asked(), f.taken_over()), s.Unknown, "pending_verification"),
        ((*f.OPENED, f.asked(), f.failed()), s.Ready, "processing"),
        ((*f.OPENED, f.asked(), f.not_sent()), s.Ready, "processing"),
        ((*f.UNKNOWN, f.repeated(), f.not_sent()), s.Unknown, "pending_verification"),
        (f.CHARGED, s.Captured, "succeeded"),
        (f.HELD, s.Authorized, "requires_capture"),
        ((*f.OPENED, f.asked(), f.charged(amount=f.euro(999))), s.Conflicted, "conflicted"),
        (
            (*f.HELD, f.begun(e.CaptureStarted, "c", f.euro(400)),
             f.done(e.CaptureSucceeded, "c", f.euro(400))),
            s.Captured, "partially_captured",
        ),
        ((*f.HELD, CAPTURE, f.done(e.CaptureSucceeded, "capture-1")), s.Captured, "succeeded"),
        ((*f.OPENED, f.asked(), f.cancel_requested(), f.charged()), s.Captured, "processing"),
        ((*f.OPENED, f.cancel_requested(), e.PaymentCanceled(at=f.at(5))), s.Canceled, "canceled"),
        (
            (*f.OPENED, e.PaymentFailed(code="declined", retryable=False, at=f.at(1))),
            s.Failed, "failed",
        ),
    ],
)  # fmt: skip
def test_facts_lead_to_a_state(events: tuple[PaymentEvent, ...], state: type, word: str) -> None:
    payment = payment_of(*events)

    assert isinstance(payment, state)
    assert status(payment_of(*events)) == word
    assert payment_of(*events).facts.revision == len(events) - 1


IMPOSSIBLE: dict[str, tuple[PaymentEvent, ...]] = {
    "a payment that begins with something else": (f.routed(),),
    "a payment that begins twice": (*f.OPENED, f.initiated()),
    "two tries open at once": (*f.OPENED, f.asked(1), f.asked(2, f.BETA)),
    "one key twice": (*f.OPENED, f.asked(), f.failed(), f.asked()),
    "an answer to a key that nobody sent": (*f.OPENED, f.asked(), f.charged(2)),
    "two verdicts on one try": (*f.OPENED, f.asked(), f.failed(), f.failed()),
    "a verdict on a try that is not the open one": (
        *f.OPENED, f.asked(), f.failed(), f.asked(2, f.BETA), f.declined(1),
    ),
    "silence about a settled try": (
        *f.OPENED, f.asked(), f.failed(), f.asked(2, f.BETA), f.silent(1),
    ),
    "a settled try that is pending": (
        *f.OPENED, f.asked(), f.failed(), f.asked(2, f.BETA), f.pending(),
    ),
    "a repeat of what nobody doubts": (*f.CHARGED, REFUND, f.repeated(of=REFUND.key)),
    "a repeat by somebody else than the owner": (*f.UNKNOWN, f.repeated("worker-2")),
    "a refund that succeeded and was never sent": (
        *f.CHARGED, REFUND, REFUNDED, f.not_sent(REFUND.key),
    ),
    "a refund that succeeded and is unknown": (
        *f.CHARGED, REFUND, REFUNDED, f.silent(of=REFUND.key),
    ),
    "a refund that succeeded and was taken over": (
        *f.CHARGED, REFUND, REFUNDED, f.taken_over(of=REFUND.key),
    ),
    "success of an operation that never began": (*f.CHARGED, REFUNDED),
    "failure of an operation that never began": (
        *f.CHARGED, e.RefundFailed(operation=f.operation("x"), code="c", at=f.at(1)),
    ),
    "success of an operation under the key of another": (
        *f.CHARGED, REFUND, f.done(e.RefundSucceeded, "other", key=REFUND.key),
    ),
    "a capture that ends as a refund": (
        *f.HELD, f.begun(e.CaptureStarted, "c", f.euro(400)),
        f.done(e.CaptureSucceeded, "c", f.euro(400)), f.begun(e.CaptureStarted, "c2", f.euro(600)),
        f.done(e.RefundSucceeded, "c2", f.euro(600)),
    ),
    "a capture that fails as a refund": (
        *f.CHARGED, REFUND, e.AttemptFailed(
            key=REFUND.key, code="c", message="", transient=False, retry_after_s=None,
            evidence="answer", at=f.at(2),
        ), e.VoidFailed(operation=REFUND.operation, code="c", at=f.at(2)),
    ),
    "an operation that changes its kind": (
        *f.HELD, CAPTURE, e.AttemptNotSent(key=CAPTURE.key, at=f.at(3)),
        f.begun(e.VoidStarted, "capture-1", number=2),
    ),
    "a follow-up of a charge that never was": (
        *f.CHARGED, f.begun(e.RefundStarted, "r", charge_key=f.key(4)),
    ),
    "a second try of what is over": (*f.CHARGED, REFUND, REFUNDED,
                                     f.begun(e.RefundStarted, "refund-1", number=2)),
    "a late success of what is open": (*f.OPENED, f.asked(), f.late()),
    "a late success of what stands": (*f.CHARGED, f.late()),
    "two late successes of one key": (*f.OPENED, f.asked(), f.failed(), f.late(), f.late()),
    "a refund as a late charge": (*f.CHARGED, REFUND, REFUNDED, e.LateSuccessObserved(
        key=REFUND.key, reference="ch", amount=f.TEN, captured=True, evidence="look_up",
        at=f.at(3))),
    "a charge after the end": (
        *f.OPENED, e.PaymentFailed(code="c", retryable=True, at=f.at(1)), f.asked(),
    ),
    "one command twice": (*f.CHARGED, *2 * (
        e.CommandRefused(command=f.ref("refund"), code="c", detail="d", at=f.at(1)),)),
    "canceled twice": (*f.OPENED, f.asked(), f.cancel_requested(1), f.cancel_requested(2)),
}  # fmt: skip


@pytest.mark.parametrize("events", IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_what_cannot_have_happened_is_refused(events: tuple[PaymentEvent, ...]) -> None:
    fold(events[:-1])

    with pytest.raises(ImpossibleHistory):
        fold(events)


def test_a_late_success_becomes_a_stray_beside_the_open_try() -> None:
    payment = payment_of(*f.OPENED, f.asked(), f.failed(), f.asked(2, f.BETA), f.late(1))

    assert type(payment) is s.InFlight
    assert [one.key for one in payment.facts.strays] == [f.key(1)]


def test_a_gateway_that_captures_more_than_was_held_leaves_nothing_to_capture() -> None:
    more = f.done(e.CaptureSucceeded, "capture-1", f.euro(1200))
    payment = payment_of(*f.HELD, CAPTURE, more)

    assert capturable(payment) == f.euro(0)
    assert refundable(payment) == f.euro(1200)
    assert status(payment) == "succeeded"


def test_what_is_open_counts_as_done_for_captures_and_refunds() -> None:
    held = payment_of(*f.HELD, f.begun(e.CaptureStarted, "c", f.euro(300)))
    captured = payment_of(*f.CHARGED, f.begun(e.RefundStarted, "r", f.euro(300)))

    assert capturable(held) == f.euro(700)
    assert refundable(captured) == f.euro(700)
