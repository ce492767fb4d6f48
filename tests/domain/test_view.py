"""What merchants and people see of a payment, member by member: it never changes by accident."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from domain.payment import events as e
from domain.payment.attempt_view import attempt_view
from domain.payment.events import PaymentEvent
from domain.payment.holding import capturable
from domain.payment.state import Canceled, captured, refundable
from domain.payment.view import View, payment_view, refund_view
from domain.payment.when import when
from tests.domain import facts as f
from tests.domain.story import payment_of

ID = f"pay_{f.PAYMENT.hex}"
REFUND = f.begun(e.RefundStarted, "r", f.euro(300), command=f.ref("refund"), reason="late")
CAPTURE = f.begun(e.CaptureStarted, "c", f.euro(400))
CAPTURED = f.done(e.CaptureSucceeded, "c", f.euro(400))
VOID = f.begun(e.VoidStarted, "v", reason="requested")
VOIDED = f.done(e.VoidSucceeded, "v")
LESS = (f.initiated(capture_method="manual"), f.routed(), f.asked(), f.held(amount=f.euro(900)))
REFUSED = e.RefundFailed(operation=f.operation("r"), code="refused", at=f.at(9))


def shown(*history: PaymentEvent) -> View:
    return payment_view(payment_of(*history))


def last_attempt(*history: PaymentEvent) -> View:
    return attempt_view(list(payment_of(*history).facts.attempts.values())[-1])


def refund_of(*history: PaymentEvent) -> View:
    payment = payment_of(*f.CHARGED, REFUND, *history)
    return refund_view(payment, payment.facts.operations[f.operation("r")])


def amounts(view: View) -> list[int]:
    """Authorized, captured, capturable, refunded."""
    return [value for name, value in view.items() if name.startswith("amount_")]


def test_a_payment_is_shown_whole() -> None:
    assert shown(*f.CHARGED, REFUND) == {
        "id": ID,
        "object": "payment",
        "status": "succeeded",
        "amount": 1000,
        "currency": "EUR",
        "amount_authorized": 1000,
        "amount_captured": 1000,
        "amount_capturable": 0,
        "amount_refunded": 0,
        "capture_method": "automatic",
        "payment_method": {
            "type": "card",
            "bank": None,
            "brand": "visa",
            "bin": None,
            "last4": "4242",
            "country": None,
        },
        "customer": "cus_1",
        "description": "a book",
        "metadata": {"order": "7"},
        "merchant_initiated": False,
        "gateway": "alpha",
        "attempts": 1,
        "cancel_requested": False,
        "needs_review": False,
        "failure": None,
        "movements": [],
        "refunds": [refund_of()],
        "created_at": "2026-03-01T12:00:00.000000Z",
        "revision": 4,
    }


def test_a_refund_is_shown_whole() -> None:
    assert refund_of() == {
        "id": f"re_{f.operation('r').hex}",
        "object": "refund",
        "payment": ID,
        "status": "pending",
        "amount": 300,
        "amount_reversed": 0,
        "currency": "EUR",
        "reason": "late",
        "failure": None,
        "deferred": None,
        "created_at": "2026-03-01T12:00:00.000000Z",
    }


WHY = {"code": "refused", "message": f.failed().message, "retryable": f.failed().transient}


@pytest.mark.parametrize(
    ("history", "status", "failure"),
    [
        ((f.silent(of=REFUND.key),), "unknown", None),
        ((f.done(e.RefundSucceeded, "r", f.euro(300)),), "succeeded", None),
        ((replace(f.failed(), key=REFUND.key), REFUSED), "failed", WHY),
    ],
)
def test_a_refund_says_how_it_went(
    history: tuple[PaymentEvent, ...], status: str, failure: View | None
) -> None:
    refund = refund_of(*history)
    assert (refund["status"], refund["failure"]) == (status, failure)


def test_an_attempt_is_shown_whole() -> None:
    assert last_attempt(*f.OPENED, f.asked(), f.declined()) == {
        "id": f"att_{f.key().hex}",
        "object": "attempt",
        "kind": "charge",
        "number": 1,
        "gateway": "alpha",
        "status": "declined",
        "amount": 1000,
        "currency": "EUR",
        "idempotency_key": str(f.key()),
        "sends": 1,
        "owner": f.OWNER,
        "reference": None,
        "evidence": "answer",
        "code": "do_not_honor",
        "message": "no",
        "needs_review": None,
        "started_at": "2026-03-01T12:00:00.000000Z",
        "changed_at": "2026-03-01T12:00:01.000000Z",
    }


@pytest.mark.parametrize(
    ("history", "status", "code", "reference"),
    [
        ((*f.OPENED, f.asked()), "started", None, None),
        ((*f.OPENED, f.asked(), f.pending()), "started", None, "ch_1"),
        (f.UNKNOWN, "unknown", None, None),
        ((*f.OPENED, f.asked(), f.failed()), "errored", "unavailable", None),
        ((*f.OPENED, f.asked(), f.not_sent()), "errored", "not_sent", None),
        (f.CHARGED, "captured", None, "ch_1"),
        (f.HELD, "authorized", None, "ch_1"),
        ((*f.HELD, CAPTURE, CAPTURED), "captured", None, "op_c"),
        ((*f.HELD, VOID, VOIDED), "voided", None, "op_v"),
        ((*f.CHARGED, REFUND, f.done(e.RefundSucceeded, "r", f.euro(300))),
         "succeeded", None, "op_r"),
    ],
)  # fmt: skip
def test_an_attempt_says_how_it_went(
    history: tuple[PaymentEvent, ...], status: str, code: str | None, reference: str | None
) -> None:
    attempt = last_attempt(*history)
    assert (attempt["status"], attempt["code"], attempt["reference"]) == (status, code, reference)


def test_a_release_by_compensation_is_shown_as_what_was_asked_for() -> None:
    """The stray was only held: it is voided, not refunded."""
    back = f.begun(e.CompensationStarted, "s", means="void")
    given_back = f.done(e.CompensationSucceeded, "s")
    stray = (*f.OPENED, f.asked(), f.declined(), f.late(captured=False), back, given_back)
    assert (last_attempt(*stray)["kind"], last_attempt(*stray)["status"]) == (
        "compensation",
        "voided",
    )


@pytest.mark.parametrize(
    ("history", "status", "sums"),
    [
        ((*f.OPENED, f.asked()), "processing", [0, 0, 0, 0]),
        (f.HELD, "requires_capture", [1000, 0, 1000, 0]),
        ((*f.HELD, CAPTURE), "requires_capture", [1000, 0, 600, 0]),
        ((*f.HELD, CAPTURE, CAPTURED), "partially_captured", [1000, 400, 600, 0]),
        (
            (*f.HELD, CAPTURE, CAPTURED, f.begun(e.CaptureStarted, "d", f.euro(600))),
            "partially_captured",
            [1000, 400, 0, 0],
        ),
        ((*f.HELD, VOID), "requires_capture", [1000, 0, 0, 0]),
        ((*f.CHARGED, REFUND), "succeeded", [1000, 1000, 0, 0]),
        (
            (*f.CHARGED, REFUND, f.done(e.RefundSucceeded, "r", f.euro(300))),
            "succeeded",
            [1000, 1000, 0, 300],
        ),
        ((*f.OPENED, f.asked(), f.charged(amount=f.euro(900))), "conflicted", [900, 900, 0, 0]),
        (
            (*LESS, f.begun(e.CompensationStarted, "k", f.euro(900), means="void")),
            "conflicted",
            [900, 0, 0, 0],
        ),
        ((*f.OPENED, e.PaymentCanceled(at=f.at(9))), "canceled", [0, 0, 0, 0]),
        ((*f.HELD, CAPTURE, e.PaymentCanceled(at=f.at(9))), "canceled", [1000, 0, 0, 0]),
        ((*f.HELD, VOID, VOIDED, e.PaymentCanceled(at=f.at(9))), "canceled", [1000, 0, 0, 0]),
        ((*f.HELD, VOID, VOIDED, e.PaymentExpired(at=f.at(9))), "expired", [1000, 0, 0, 0]),
    ],
)
def test_amounts_are_what_is_settled(
    history: tuple[PaymentEvent, ...], status: str, sums: list[int]
) -> None:
    view = shown(*history)
    assert (view["status"], amounts(view)) == (status, sums)


@pytest.mark.parametrize("stands", [f.held(), f.charged(), f.charged(amount=f.euro(900))])
def test_what_stands_and_nobody_wants_is_on_its_way_back(stands: PaymentEvent) -> None:
    manual = f.initiated(capture_method="manual")
    view = shown(manual, f.routed(), f.asked(), f.cancel_requested(), stands)
    assert (view["status"], view["cancel_requested"]) == ("processing", True)


def test_an_open_capture_counts_for_what_is_left_and_not_for_what_can_be_given_back() -> None:
    half = payment_of(*f.HELD, CAPTURE, CAPTURED, f.begun(e.CaptureStarted, "d", f.euro(100)))
    assert captured(half) == f.euro(500)
    assert captured(half, settled=True) == f.euro(400)
    assert capturable(half) == f.euro(500)
    assert refundable(half) == f.euro(400)


def test_nothing_was_taken_where_nothing_stands() -> None:
    facts = payment_of(*f.OPENED).facts
    assert captured(Canceled(facts, None)) == f.euro(0)


def test_the_decline_is_told_with_its_advice() -> None:
    ended = e.PaymentFailed(code="declined", retryable=False, at=f.at(2))
    assert shown(*f.OPENED, f.asked(), f.declined(), ended)["failure"] == {
        "code": "declined",
        "retryable": False,
        "decline": {
            "code": "do_not_honor",
            "network_code": "05",
            "advice": "do_not_try_again",
        },
    }


def test_times_are_utc_to_the_microsecond() -> None:
    noon = datetime(2026, 3, 1, 12, 0, tzinfo=timezone(timedelta(hours=2)))
    assert when(noon) == "2026-03-01T10:00:00.000000Z"


def test_another_amount_than_asked_needs_review_until_all_of_it_is_given_back() -> None:
    taken = (*f.OPENED, f.asked(), f.charged(amount=f.euro(1100)))
    back = f.begun(e.RefundStarted, "r", f.euro(1100)), f.done(e.RefundSucceeded, "r", f.euro(1100))
    assert [shown(*taken)["status"], shown(*taken)["needs_review"]] == ["conflicted", True]
    assert shown(*taken, back[0])["needs_review"] is True
    assert shown(*taken, *back)["needs_review"] is False


def test_another_amount_that_is_held_needs_review_until_it_is_released() -> None:
    held = (*f.OPENED, f.asked(), f.held(amount=f.euro(1100)))
    void = f.begun(e.VoidStarted, "v", f.euro(1100)), f.done(e.VoidSucceeded, "v", f.euro(1100))
    assert shown(*held, void[0])["needs_review"] is True
    assert shown(*held, *void)["needs_review"] is False


def test_a_charge_that_stands_beside_an_end_needs_review_until_it_is_given_back() -> None:
    over = e.PaymentFailed(code="not_charged", retryable=True, at=f.at(6))
    stray = (*f.OPENED, f.asked(), f.failed(), over, f.late())
    back = f.begun(e.CompensationStarted, "x", means="refund")
    assert shown(*stray, back)["needs_review"] is True
    assert shown(*stray, back, f.done(e.CompensationSucceeded, "x"))["needs_review"] is False
