"""Endings as they must never be: not what was asked, never finished, or not what the books say."""

from __future__ import annotations

from tests.simulation.histories.endings import (
    absent,
    found,
    gave_up,
    not_charged,
    paid,
    refused,
    shows_captured,
    taken,
)
from tests.simulation.histories.follow_ups import cancels
from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import begun, held, unheard
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


@bad("as_asked")
def charged_in_another_currency() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    tale.currency = "INR"
    request = charge.sent()
    tale.currency = "EUR"
    request.booked("captured").replied()
    charge.succeeded()
    asking.answered(201, shows_captured(tale))
    return story.history()


@bad("as_asked", "linearizable")
def another_amount_was_taken_down() -> History:
    story = Story()
    tale = Tale(story)
    body = {"amount": 1_000, "currency": "EUR", "capture_method": "automatic"}
    tale.amount = 10_000
    asking = tale.asks(body=body)
    paid(tale.begins(), asking)
    return story.history()


@bad("as_asked", "linearizable")
def captured_at_once_though_asked_to_wait() -> History:
    story = Story()
    tale, charge, asking = begun(story, capture="manual")
    tale.capture = "automatic"
    paid(charge, asking)
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
    absent(charge)
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    charge.sent(copy_of=1).booked("captured").replied(arrives=False)
    charge.succeeded("late_answer", kind="LateSuccessObserved")
    tale.shows("failed", needs_review=True)
    return story.history()


@bad("stream_equals_books", "final_equals_books")
def a_timeout_taken_as_done() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent()
    charge.succeeded()
    asking.answered(201, shows_captured(tale))
    return story.history()


@bad("failed_means_not_charged")
def a_timeout_taken_as_failed() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent()
    charge.failed(code="timeout")
    gave_up(tale, asking, "not_charged")
    return story.history()


@bad("failed_means_not_charged", "stream_equals_books")
def failed_and_charged() -> History:
    story = Story()
    tale, charge = unheard(story)
    charge.failed("look_up", "absent")
    not_charged(tale)
    return story.history()


@bad("failed_means_not_charged", "accepted_is_finished")
def canceled_without_a_refund() -> History:
    story = Story()
    tale, charge = unheard(story)
    cancels(tale)
    found(charge)
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


@bad("duties_have_an_end")
def tried_every_minute_though_a_person_was_asked() -> History:
    story = Story()
    tale, charge = held(story)
    void = tale.operates("void", charge, reason="expired")
    refused(void)
    story.wait(1_000.0)
    void.tells("ReviewRequested", reason="refused_too_long")
    story.wait(60.0)
    first = void.operation
    refused(tale.operates("void", charge, reason="expired", operation=first, number=2))
    tale.shows("requires_capture", needs_review=True, amount_authorized=tale.amount)
    history = story.history()
    history["settings"]["look_after_review_s"] = 86_400.0
    return history
