"""Endings as they must never be: not what was asked, never finished, or not what the books say."""

from __future__ import annotations

from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import held, taken, unheard
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


@bad("as_asked")
def charged_in_another_currency() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    tale.currency = "INR"
    request = charge.sent()
    tale.currency = "EUR"
    request.booked("captured").replied()
    charge.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("as_asked", "linearizable")
def another_amount_was_taken_down() -> History:
    story = Story()
    tale = Tale(story)
    body = {"amount": 1_000, "currency": "EUR", "capture_method": "automatic"}
    tale.amount = 10_000
    asking = tale.asks(body=body)
    charge = tale.begins()
    charge.sent().booked("captured").replied()
    charge.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("as_asked", "linearizable")
def captured_at_once_though_asked_to_wait() -> History:
    story = Story()
    tale = Tale(story, capture="manual")
    asking = tale.asks()
    charge = tale.begins()
    tale.capture = "automatic"
    charge.sent().booked("captured").replied()
    charge.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("accepted_is_finished")
def nobody_ever_settles_it() -> History:
    story = Story()
    unheard(story)
    return story.history()


@bad("accepted_is_finished", "failed_means_not_charged")
def a_late_success_is_not_compensated() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    story.wait(70.0)
    charge.sent(kind="look_up").replied(status=404)
    charge.failed("absence", "absent")
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    charge.sent(copy_of=1).booked("captured").replied(arrives=False)
    charge.succeeded("late_answer", kind="LateSuccessObserved")
    tale.shows("failed")
    return story.history()


@bad("stream_equals_books", "final_equals_books")
def a_timeout_taken_as_done() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent()
    charge.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("failed_means_not_charged")
def a_timeout_taken_as_failed() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent()
    charge.failed(code="timeout")
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    asking.answered(402, tale.shows_failed("not_charged"))
    return story.history()


@bad("failed_means_not_charged", "stream_equals_books")
def failed_and_charged() -> History:
    story = Story()
    tale, charge = unheard(story)
    charge.failed("look_up", "absent")
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    tale.shows("failed")
    return story.history()


@bad("failed_means_not_charged", "accepted_is_finished")
def canceled_without_a_refund() -> History:
    story = Story()
    tale, charge = unheard(story)
    cancel = tale.asks("cancel", key="cancel-1")
    tale.stored("CancelRequested", command=tale.command("cancel", "cancel-1"))
    cancel.answered(202, tale.shows("pending_verification", cancel_requested=True))
    charge.sent(kind="look_up").replied()
    charge.succeeded("look_up")
    tale.stored("PaymentCanceled")
    tale.shows("canceled", cancel_requested=True, **taken(tale))
    return story.history()


@bad("failed_means_not_charged", "accepted_is_finished")
def expired_with_the_hold_in_place() -> History:
    story = Story()
    tale, _ = held(story)
    story.gateway("alpha", authorization_lifetime_s=None)
    story.wait(604_800.0)
    tale.stored("PaymentExpired")
    tale.shows("expired", amount_authorized=tale.amount)
    return story.history()
