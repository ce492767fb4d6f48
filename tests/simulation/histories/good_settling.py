"""Odd but legal ways of settling what was not known at once."""

from __future__ import annotations

from tests.simulation.histories.endings import (
    absent,
    authorized,
    blocked,
    compensated,
    copy_given_back,
    crashed,
    found,
    not_charged,
    paid,
    repeated,
    shows_captured,
    taken,
)
from tests.simulation.histories.follow_ups import captures
from tests.simulation.histories.registry import History, good
from tests.simulation.histories.shapes import begun, failing, pending, unheard
from tests.simulation.histories.story import Story


@good
def silence_and_then_a_look_up() -> History:
    story = Story()
    tale, charge = unheard(story)
    story.wait(5.0)
    found(charge)
    shows_captured(tale)
    return story.history()


@good
def a_late_answer_is_read_in_the_background() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    request = charge.sent()
    story.wait(9.0)
    charge.unknown()
    asking.answered(202, tale.shows("pending_verification"))
    story.wait(4.0)
    request.booked("captured").replied()
    charge.succeeded("late_answer")
    shows_captured(tale)
    return story.history()


@good
def pending_and_captured_later() -> History:
    story = Story()
    tale, charge, request = pending(story)
    request.booked("captured")
    found(charge)
    shows_captured(tale)
    return story.history()


@good
def pending_and_declined_later() -> History:
    story = Story()
    tale, charge, request = pending(story)
    request.booked("declined")
    charge.sent(kind="look_up").replied()
    charge.declined("look_up")
    not_charged(tale)
    return story.history()


@good
def absence_after_all_lateness() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    story.wait(5.0)
    charge.sent(kind="look_up").replied(status=404)
    charge.tells("LookUpAnswered", answer="absent")
    story.wait(60.0)
    absent(charge)
    not_charged(tale)
    return story.history()


@good
def a_decline_found_after_a_take_over() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent().booked("declined").replied()
    crashed(charge, asking, "append AttemptDeclined")
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
    tale, charge, asking = begun(story)
    charge.sent().booked("captured").replied(arrives=False)
    crashed(charge, asking, "append")
    story.wait(40.0)
    again = tale.asks(process="other")
    charge.taken_over("other-2")
    again.answered(202, tale.shows("pending_verification"))
    repeated(charge)
    shows_captured(tale)
    return story.history()


@good
def a_repeat_that_is_the_first_to_arrive() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    story.wait(10.0)
    repeated(charge, first=True)
    shows_captured(tale)
    return story.history()


@good
def a_gateway_without_keys_is_sent_each_key_once() -> History:
    story = Story()
    story.gateway("alpha", key_lifetime_s=0.0)
    tale, charge = unheard(story)
    story.wait(80.0)
    found(charge)
    shows_captured(tale)
    return story.history()


@good
def a_former_owner_cancels_after_a_take_over() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    story.wait(40.0)
    charge.taken_over("worker-2")
    story.wait(10.0)
    blocked(charge, owner="api-1")
    not_charged(tale)
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
def a_repeat_on_its_way_while_another_process_finds_it() -> History:
    story = Story()
    tale, charge = unheard(story)
    story.wait(40.0)
    charge.taken_over("worker-2")
    charge.repeated()
    charge.sent(kind="look_up", owner="api-1").replied()
    charge.succeeded("look_up")
    charge.sent().booked("captured", first=False).replied()
    shows_captured(tale)
    return story.history()


@good
def settled_after_somebody_was_asked_to_look() -> History:
    story = Story()
    tale, charge = unheard(story)
    story.wait(900.0)
    charge.tells("ReviewRequested", reason="unsettled_too_long")
    story.wait(60.0)
    found(charge)
    shows_captured(tale)
    return story.history()


@good
def late_success_after_failure_is_compensated() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    story.wait(70.0)
    absent(charge)
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    story.wait(30.0)
    charge.sent(copy_of=1).booked("captured").replied(arrives=False)
    charge.succeeded("late_answer", kind="LateSuccessObserved")
    compensated(tale.operates("refund", charge, means="refund", owner="worker-2"))
    tale.shows("failed")
    return story.history()


@good
def a_stray_is_released_while_the_payment_is_captured() -> History:
    story = Story()
    tale, first, asking = failing(story, capture="manual")
    second = tale.started("alpha")
    authorized(second, asking)
    story.wait(6.0)
    first.sent(copy_of=1).booked("authorized").replied(arrives=False)
    first.succeeded("look_up", kind="LateSuccessObserved")
    back = tale.operates("void", first, means="void", owner="worker-2")
    captures(tale, second)
    compensated(back)
    shows_captured(tale)
    return story.history()


@good
def a_copy_after_a_no_is_found_out_later_and_given_back() -> History:
    story = Story()
    tale, first, asking = failing(story)
    copy = first.sent(copy_of=1).booked("pending").replied(arrives=False)
    paid(tale.started("beta"), asking)
    story.wait(6.0)
    copy_given_back(copy, first)
    return story.history()


@good
def a_copy_after_a_no_whose_way_back_nobody_knows() -> History:
    """Found and being given back, and the gateway forgot the key: a person was asked."""
    story = Story()
    story.gateway("alpha", key_lifetime_s=40.0, absence_is_final=False)
    tale, first, asking = failing(story)
    first.sent(copy_of=1).booked("captured").replied(arrives=False)
    paid(tale.started("beta"), asking)
    story.wait(6.0)
    first.sent(kind="look_up").replied()
    first.succeeded("look_up", kind="LateSuccessObserved")
    back = tale.operates("refund", first, means="refund", owner="worker-2")
    back.sent()
    back.unknown()
    story.wait(900.0)
    back.tells("ReviewRequested", reason="unsettled_too_long")
    tale.shows("succeeded", needs_review=True, **taken(tale))
    return story.history()


@good
def a_dead_owner_is_followed_at_once() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    crashed(charge, asking, "send charge")
    again = tale.asks(process="api2")
    charge.taken_over("api2-2")
    pending = tale.shows("pending_verification")
    repeated(charge, first=True)
    again.answered(202, pending, replayed=True)
    shows_captured(tale)
    return story.history()


@good
def a_look_up_in_time_while_another_gateway_hangs() -> History:
    story = Story()
    story.note("hangs", gateway="beta", until=3_600.0)
    tale, charge = unheard(story)
    story.wait(6.0)
    found(charge)
    shows_captured(tale)
    return story.history()
