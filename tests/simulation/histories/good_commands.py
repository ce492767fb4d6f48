"""Odd but legal ways of captures, refunds and cancellations."""

from __future__ import annotations

from tests.simulation.histories.endings import (
    blocked,
    compensated,
    done,
    found,
    refused,
    shows_captured,
    taken,
    went_through,
)
from tests.simulation.histories.follow_ups import (
    asks_refund,
    canceled_by_refund,
    cancels,
    captures,
    capturing,
    refund_of,
    refunding,
    refunds,
    refused_refund,
    shows_refunded,
)
from tests.simulation.histories.registry import History, good
from tests.simulation.histories.shapes import begun, captured, held, unheard
from tests.simulation.histories.story import Story


@good
def canceled_in_flight_and_voided() -> History:
    story = Story()
    tale, charge, asking = begun(story, capture="manual")
    request = charge.sent()
    story.wait(3.0)
    cancels(tale, "processing")
    request.booked("authorized").replied()
    charge.succeeded()
    void = tale.operates("void", charge, means="void")
    asking.answered(
        202, tale.shows("processing", cancel_requested=True, amount_authorized=tale.amount)
    )
    compensated(void)
    tale.stored("PaymentCanceled")
    tale.shows("canceled", cancel_requested=True, amount_authorized=tale.amount)
    return story.history()


@good
def canceled_while_unknown_and_refunded() -> History:
    story = Story()
    tale, charge = unheard(story)
    cancels(tale)
    found(charge)
    canceled_by_refund(tale, charge)
    return story.history()


@good
def canceled_by_its_key_at_the_gateway() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    cancels(tale)
    blocked(charge)
    tale.stored("PaymentCanceled")
    tale.shows("canceled", cancel_requested=True)
    return story.history()


@good
def captured_in_two_parts() -> History:
    story = Story()
    tale, charge = held(story)
    for number, amount in enumerate((400, 600), start=1):
        part, asking = capturing(tale, charge, amount, f"capture-{number}")
        done(part)
        whole = number == 2
        status = "succeeded" if whole else "partially_captured"
        shown = tale.shows(status, **taken(tale, captured=1_000 if whole else 400))
        asking.answered(200, shown)
    return story.history()


@good
def a_capture_is_refused_and_tried_again() -> History:
    story = Story()
    tale, charge = held(story)
    first, asking = capturing(tale, charge)
    refused(first)
    second = tale.operates(
        "capture", charge, command=tale.command("capture", "capture-1"), number=2
    )
    done(second)
    asking.answered(200, shows_captured(tale))
    return story.history()


@good
def a_refund_is_declined_and_another_goes_through() -> History:
    story = Story()
    tale, charge = captured(story)
    first, asking = refunding(tale, charge, 1_000)
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
    refund, asking = refunding(tale, charge, 300)
    request = refund.sent().booked("pending").replied()
    refund.tells("AttemptPending", reference="ref", evidence="answer")
    asking.answered(202, refund_of(tale, refund, "pending"))
    story.wait(90.0)
    request.booked("done")
    found(refund)
    shows_refunded(tale, 300, refund)
    return story.history()


@good
def an_unknown_refund_is_repeated_with_its_key() -> History:
    story = Story()
    tale, charge = captured(story)
    refund, asking = refunding(tale, charge, 300)
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
    shows_refunded(tale, 300, refund)
    return story.history()


@good
def a_busy_store_refuses_a_refund_and_a_compensation_follows() -> History:
    story = Story()
    tale, charge = unheard(story)
    asks_refund(tale, "refund-1").refused(503, "not_recorded", retryable=True)
    cancels(tale)
    found(charge)
    canceled_by_refund(tale, charge)
    return story.history()


@good
def a_notice_carries_on_what_a_503_left_on_record() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    story.note("noticed", process="api", payment=tale.id)
    asking.refused(503, "fate_unknown", retryable=True)
    went_through(charge)
    tale.asks().answered(201, shows_captured(tale), replayed=True)
    return story.history()


@good
def a_refused_refund_is_refused_again() -> History:
    story = Story()
    tale, charge = captured(story)
    told = {"status": 409, "code": "refund_exceeds_captured", "retryable": False}
    refused_refund(tale, 1_001).answered(409, told)
    refund = refunds(tale, charge, 1_000, "refund-2")
    asks_refund(tale, "refund-1", 1_001).answered(409, told, replayed=True)
    shows_refunded(tale, 1_000, refund)
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
    captures(tale, charge)
    return story.history()
