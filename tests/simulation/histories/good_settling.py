"""Odd but legal ways of settling what was not known at once."""

from __future__ import annotations

from tests.simulation.histories.registry import History, good
from tests.simulation.histories.shapes import failing, taken, unheard
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


@good
def silence_and_then_a_look_up() -> History:
    story = Story()
    tale, charge = unheard(story)
    story.wait(5.0)
    charge.sent(kind="look_up").replied()
    charge.succeeded("look_up")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@good
def a_late_answer_is_read_in_the_background() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    request = charge.sent()
    story.wait(9.0)
    charge.unknown()
    asking.answered(202, tale.shows("pending_verification"))
    story.wait(4.0)
    request.booked("captured").replied()
    charge.succeeded("late_answer")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@good
def pending_and_captured_later() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    request = charge.sent().booked("pending").replied()
    charge.tells("AttemptPending", reference="ref", evidence="answer")
    asking.answered(202, tale.shows("processing"))
    story.wait(60.0)
    request.booked("captured")
    charge.sent(kind="look_up").replied()
    charge.succeeded("look_up")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@good
def pending_and_declined_later() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    request = charge.sent().booked("pending").replied()
    charge.tells("AttemptPending", reference="ref", evidence="answer")
    asking.answered(202, tale.shows("processing"))
    story.wait(60.0)
    request.booked("declined")
    charge.sent(kind="look_up").replied()
    charge.declined("look_up")
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    tale.shows("failed")
    return story.history()


@good
def absence_after_all_lateness() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    story.wait(5.0)
    charge.sent(kind="look_up").replied(status=404)
    charge.tells("LookUpAnswered", answer="absent")
    story.wait(60.0)
    charge.sent(kind="look_up").replied(status=404)
    charge.failed("absence", "absent")
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    tale.shows("failed")
    return story.history()


@good
def a_decline_found_after_a_take_over() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent().booked("declined").replied()
    story.note("crashed", process="api", owner="api-1", before="append AttemptDeclined")
    asking.lost()
    story.wait(40.0)
    charge.taken_over("worker-2")
    charge.sent(kind="look_up").replied()
    charge.declined("look_up")
    tale.stored("PaymentFailed", code="declined", retryable=False)
    tale.asks().answered(402, tale.shows_failed(), replayed=True)
    return story.history()


@good
def repeated_with_the_same_key_by_a_new_owner() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent().booked("captured").replied(arrives=False)
    story.note("crashed", process="api", owner="api-1", before="append")
    asking.lost()
    story.wait(40.0)
    charge.taken_over("worker-2")
    charge.repeated()
    charge.sent().booked("captured", first=False).replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@good
def a_repeat_that_is_the_first_to_arrive() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    story.wait(10.0)
    charge.repeated()
    charge.sent().booked("captured").replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@good
def a_gateway_without_keys_is_sent_each_key_once() -> History:
    story = Story()
    story.gateway("alpha", key_lifetime_s=0.0)
    tale, charge = unheard(story)
    story.wait(80.0)
    charge.sent(kind="look_up").replied()
    charge.succeeded("look_up")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@good
def a_former_owner_cancels_after_a_take_over() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    story.wait(40.0)
    charge.taken_over("worker-2")
    story.wait(10.0)
    charge.sent(kind="cancel", owner="api-1").booked("blocked", charge=None).replied()
    charge.failed("cancel_by_key", "canceled")
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    tale.shows("failed")
    return story.history()


@good
def nothing_helps_but_a_person() -> History:
    story = Story()
    story.gateway("alpha", key_lifetime_s=0.0, look_up=False, absence_is_final=False)
    tale, charge = unheard(story)
    story.wait(900.0)
    charge.tells("ReviewRequested", reason="no means left")
    tale.shows("pending_verification", needs_review=True)
    return story.history()


@good
def settled_after_somebody_was_asked_to_look() -> History:
    story = Story()
    tale, charge = unheard(story)
    story.wait(900.0)
    charge.tells("ReviewRequested", reason="unsettled_too_long")
    story.wait(60.0)
    charge.sent(kind="look_up").replied()
    charge.succeeded("look_up")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@good
def late_success_after_failure_is_compensated() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    story.wait(70.0)
    charge.sent(kind="look_up").replied(status=404)
    charge.failed("absence", "absent")
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    story.wait(30.0)
    charge.sent(copy_of=1).booked("captured").replied(arrives=False)
    charge.succeeded("late_answer", kind="LateSuccessObserved")
    back = tale.operates("refund", charge, means="refund", owner="worker-2")
    back.sent().booked("done").replied()
    back.succeeded(kind="CompensationSucceeded")
    tale.shows("failed")
    return story.history()


@good
def a_stray_is_released_while_the_payment_is_captured() -> History:
    story = Story()
    tale, first, asking = failing(story, capture="manual")
    second = tale.started("alpha")
    second.sent().booked("authorized").replied()
    second.succeeded()
    asking.answered(201, tale.shows("requires_capture", amount_authorized=tale.amount))
    story.wait(6.0)
    first.sent(copy_of=1).booked("authorized").replied(arrives=False)
    first.succeeded("look_up", kind="LateSuccessObserved")
    back = tale.operates("void", first, means="void", owner="worker-2")
    capturing = tale.asks("capture", key="capture-1", body={})
    taking = tale.operates("capture", second, command=tale.command("capture", "capture-1"))
    taking.sent().booked("done").replied()
    taking.succeeded()
    capturing.answered(200, tale.shows("succeeded", **taken(tale)))
    back.sent().booked("done").replied()
    back.succeeded(kind="CompensationSucceeded")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@good
def a_dead_owner_is_followed_at_once() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    story.note("crashed", process="api", owner="api-1", before="send charge")
    asking.lost()
    charge.taken_over("worker-2")
    charge.repeated()
    charge.sent().booked("captured").replied()
    charge.succeeded("repeat")
    tale.asks().answered(201, tale.shows("succeeded", **taken(tale)), replayed=True)
    return story.history()
