"""Odd but legal ways of captures, refunds and cancellations."""

from __future__ import annotations

from tests.simulation.histories.registry import History, good
from tests.simulation.histories.shapes import (
    asks_refund,
    captured,
    held,
    refund_of,
    refunds,
    taken,
)
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


@good
def canceled_in_flight_and_voided() -> History:
    story = Story()
    tale = Tale(story, capture="manual")
    asking = tale.asks()
    charge = tale.begins()
    request = charge.sent()
    story.wait(3.0)
    cancel = tale.asks("cancel", key="cancel-1")
    tale.stored("CancelRequested", command=tale.command("cancel", "cancel-1"))
    cancel.answered(202, tale.shows("processing", cancel_requested=True))
    request.booked("authorized").replied()
    charge.succeeded()
    void = tale.operates("void", charge, means="void")
    asking.answered(
        202, tale.shows("processing", cancel_requested=True, amount_authorized=tale.amount)
    )
    void.sent().booked("done").replied()
    void.succeeded(kind="CompensationSucceeded")
    tale.stored("PaymentCanceled")
    tale.shows("canceled", cancel_requested=True, amount_authorized=tale.amount)
    return story.history()


@good
def canceled_while_unknown_and_refunded() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent().booked("captured").replied(arrives=False)
    story.wait(8.0)
    charge.unknown()
    asking.answered(202, tale.shows("pending_verification"))
    cancel = tale.asks("cancel", key="cancel-1")
    tale.stored("CancelRequested", command=tale.command("cancel", "cancel-1"))
    cancel.answered(202, tale.shows("pending_verification", cancel_requested=True))
    charge.sent(kind="look_up").replied()
    charge.succeeded("look_up")
    back = tale.operates("refund", charge, means="refund")
    back.sent().booked("done").replied()
    back.succeeded(kind="CompensationSucceeded")
    tale.stored("PaymentCanceled")
    amounts = taken(tale, refunded=tale.amount)
    tale.shows("canceled", cancel_requested=True, **amounts)
    return story.history()


@good
def canceled_by_its_key_at_the_gateway() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent()
    story.wait(8.0)
    charge.unknown()
    asking.answered(202, tale.shows("pending_verification"))
    cancel = tale.asks("cancel", key="cancel-1")
    tale.stored("CancelRequested", command=tale.command("cancel", "cancel-1"))
    cancel.answered(202, tale.shows("pending_verification", cancel_requested=True))
    charge.sent(kind="cancel").booked("blocked", charge=None).replied()
    charge.failed("cancel_by_key", "canceled")
    tale.stored("PaymentCanceled")
    tale.shows("canceled", cancel_requested=True)
    return story.history()


@good
def captured_in_two_parts() -> History:
    story = Story()
    tale, charge = held(story)
    for number, amount in enumerate((400, 600), start=1):
        key = f"capture-{number}"
        asking = tale.asks("capture", key=key, body={"amount": amount})
        part = tale.operates("capture", charge, amount, command=tale.command("capture", key))
        part.sent().booked("done").replied()
        part.succeeded()
        whole = number == 2
        status = "succeeded" if whole else "partially_captured"
        shown = tale.shows(status, **taken(tale, captured=1_000 if whole else 400))
        asking.answered(200, shown)
    return story.history()


@good
def a_capture_is_refused_and_tried_again() -> History:
    story = Story()
    tale, charge = held(story)
    asking = tale.asks("capture", key="capture-1")
    first = tale.operates("capture", charge, command=tale.command("capture", "capture-1"))
    first.sent().booked("refused", charge=None).replied(status=503)
    first.failed()
    second = tale.operates(
        "capture", charge, command=tale.command("capture", "capture-1"), number=2
    )
    second.sent().booked("done").replied()
    second.succeeded()
    asking.answered(200, tale.shows("succeeded", **taken(tale)))
    return story.history()


@good
def a_refund_is_declined_and_another_goes_through() -> History:
    story = Story()
    tale, charge = captured(story)
    asking = asks_refund(tale, "refund-1", 1_000)
    first = tale.operates("refund", charge, command=tale.command("refund", "refund-1"))
    first.sent().booked("declined").replied()
    first.declined()
    tale.stored("RefundFailed", operation=first.operation, code="do_not_honor")
    refund = f"re_{first.operation.replace('-', '')}"
    payment = f"pay_{tale.id.replace('-', '')}"
    body = {"status": 402, "code": "refund_failed", "payment": payment, "refund": refund}
    asking.answered(402, body)
    second = refunds(tale, charge, 1_000, "refund-2")
    told = [refund_of(tale, first, "failed"), refund_of(tale, second, "succeeded")]
    tale.shows("succeeded", refunds=told, **taken(tale, refunded=1_000))
    return story.history()


@good
def a_refund_is_pending_for_a_while() -> History:
    story = Story()
    tale, charge = captured(story)
    asking = asks_refund(tale, "refund-1", 300)
    refund = tale.operates("refund", charge, 300, command=tale.command("refund", "refund-1"))
    request = refund.sent().booked("pending").replied()
    refund.tells("AttemptPending", reference="ref", evidence="answer")
    asking.answered(202, refund_of(tale, refund, "pending"))
    story.wait(90.0)
    request.booked("done")
    refund.sent(kind="look_up").replied()
    refund.succeeded("look_up")
    told = [refund_of(tale, refund, "succeeded")]
    tale.shows("succeeded", refunds=told, **taken(tale, refunded=300))
    return story.history()


@good
def an_unknown_refund_is_repeated_with_its_key() -> History:
    story = Story()
    tale, charge = captured(story)
    asking = asks_refund(tale, "refund-1", 300)
    refund = tale.operates("refund", charge, 300, command=tale.command("refund", "refund-1"))
    refund.sent().booked("done").replied(arrives=False)
    story.wait(9.0)
    refund.unknown()
    asking.answered(202, refund_of(tale, refund, "unknown"))
    story.wait(60.0)
    refund.taken_over("worker-2")
    refund.repeated()
    refund.sent().booked("done", first=False).replied()
    refund.succeeded("repeat")
    asks_refund(tale, "refund-1", 300).answered(
        202, refund_of(tale, refund, "unknown"), replayed=True
    )
    told = [refund_of(tale, refund, "succeeded")]
    tale.shows("succeeded", refunds=told, **taken(tale, refunded=300))
    return story.history()


@good
def a_busy_store_refuses_a_refund_and_a_compensation_follows() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent().booked("captured").replied(arrives=False)
    story.wait(8.0)
    charge.unknown()
    asking.answered(202, tale.shows("pending_verification"))
    asks_refund(tale, "refund-1").refused(503, "not_recorded", retryable=True)
    cancel = tale.asks("cancel", key="cancel-1")
    tale.stored("CancelRequested", command=tale.command("cancel", "cancel-1"))
    cancel.answered(202, tale.shows("pending_verification", cancel_requested=True))
    charge.sent(kind="look_up").replied()
    charge.succeeded("look_up")
    back = tale.operates("refund", charge, means="refund")
    back.sent().booked("done").replied()
    back.succeeded(kind="CompensationSucceeded")
    tale.stored("PaymentCanceled")
    tale.shows("canceled", cancel_requested=True, **taken(tale, refunded=tale.amount))
    return story.history()


@good
def a_refused_refund_is_refused_again() -> History:
    story = Story()
    tale, charge = captured(story)
    refused = {"status": 409, "code": "refund_exceeds_captured", "retryable": False}
    asking = asks_refund(tale, "refund-1", 1_001)
    tale.stored(
        "CommandRefused", command=tale.command("refund", "refund-1"),
        code="refund_exceeds_captured", detail="",
    )  # fmt: skip
    asking.answered(409, refused)
    refund = refunds(tale, charge, 1_000, "refund-2")
    asks_refund(tale, "refund-1", 1_001).answered(409, refused, replayed=True)
    told = [refund_of(tale, refund, "succeeded")]
    tale.shows("succeeded", refunds=told, **taken(tale, refunded=1_000))
    return story.history()


@good
def a_void_is_refused_and_the_hold_captured() -> History:
    story = Story()
    tale, charge = held(story)
    asking = tale.asks("cancel", key="cancel-1")
    command = tale.command("cancel", "cancel-1")
    tale.stored("CancelRequested", command=command)
    void = tale.operates("void", charge, operation=command["id"])
    void.sent().booked("declined").replied()
    void.declined()
    tale.stored("VoidFailed", operation=void.operation, code="do_not_honor")
    payment = f"pay_{tale.id.replace('-', '')}"
    asking.answered(402, {"status": 402, "code": "cancel_failed", "payment": payment})
    capture = tale.asks("capture", key="capture-1")
    part = tale.operates("capture", charge, command=tale.command("capture", "capture-1"))
    part.sent().booked("done").replied()
    part.succeeded()
    capture.answered(200, tale.shows("succeeded", **taken(tale)))
    return story.history()
