"""Charges as they must never be: a second one too early, one too many, one too late."""

from __future__ import annotations

from tests.simulation.histories.endings import (
    absent,
    blocked,
    gave_up,
    not_charged,
    paid,
    refused,
    shows_captured,
    went_through,
)
from tests.simulation.histories.follow_ups import canceled_by_refund, cancels
from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import begun, failing, unheard
from tests.simulation.histories.story import Story


@bad("one_gateway_at_a_time", "one_net_capture", "stream_equals_books")
def failover_on_a_timeout() -> History:
    story = Story()
    tale, first, asking = begun(story)
    first.sent().booked("captured").replied(arrives=False)
    story.wait(3.0)
    first.failed(code="timeout")
    paid(tale.started("beta"), asking)
    return story.history()


@bad("one_gateway_at_a_time")
def failover_on_a_timeout_that_ended_well() -> History:
    story = Story()
    tale, first, asking = begun(story)
    first.sent()
    story.wait(3.0)
    first.failed(code="timeout")
    paid(tale.started("beta"), asking)
    return story.history()


@bad("one_gateway_at_a_time")
def failover_while_the_first_is_pending() -> History:
    story = Story()
    tale, first, asking = begun(story)
    request = first.sent().booked("pending").replied()
    first.failed(code="pending")
    paid(tale.started("beta"), asking)
    story.wait(60.0)
    request.booked("declined")
    return story.history()


@bad("one_gateway_at_a_time")
def failover_on_an_absence_that_is_too_early() -> History:
    story = Story()
    tale, first, asking = begun(story)
    first.sent()
    story.wait(3.0)
    absent(first)
    paid(tale.started("beta"), asking)
    return story.history()


@bad("one_gateway_at_a_time")
def failover_after_a_refused_repeat() -> History:
    story = Story()
    tale, first, asking = begun(story)
    first.sent()
    story.wait(2.0)
    first.repeated()
    first.sent().booked("refused", charge=None).replied(status=503)
    first.failed("repeat")
    paid(tale.started("beta"), asking)
    return story.history()


@bad("one_net_capture", "stream_equals_books")
def two_charges_stand_in_the_end() -> History:
    story = Story()
    tale, first, asking = begun(story, initiated_by_merchant=True)
    first.sent()
    story.wait(65.0)
    absent(first)
    paid(tale.started("beta"), asking)
    first.sent(copy_of=1).booked("captured").replied(arrives=False)
    return story.history()


@bad("one_net_capture", "one_gateway_at_a_time", "stream_equals_books")
def another_gateway_although_a_look_up_had_found_the_charge() -> History:
    """The first no never arrived, and the network doubled what it spoke of."""
    story = Story()
    tale, first, asking = begun(story)
    no = first.sent().booked("refused", charge=None).replied(arrives=False, status=503)
    first.sent(copy_of=no.number).booked("captured").replied(arrives=False)
    story.wait(30.0)
    first.sent(kind="look_up").replied()
    first.failed("absence", "absent")
    paid(tale.started("beta"), asking)
    return story.history()


@bad("one_net_capture", "one_gateway_at_a_time", "stream_equals_books")
def another_gateway_although_a_copy_after_a_no_was_known_to_stand() -> History:
    story = Story()
    tale, first, asking = failing(story)
    first.sent(copy_of=1).booked("captured").replied(arrives=False)
    first.sent(kind="look_up").replied()
    story.wait(2.0)
    paid(tale.started("beta"), asking)
    return story.history()


@bad("failed_means_not_charged")
def failed_after_a_look_up_that_was_throttled() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    story.wait(70.0)
    charge.sent(kind="look_up").replied(status=429)
    charge.failed("absence", "absent")
    not_charged(tale)
    return story.history()


@bad("no_charge_after_end")
def another_gateway_after_a_decline() -> History:
    story = Story()
    tale, first, asking = begun(story)
    first.sent().booked("declined").replied()
    first.declined()
    paid(tale.started("beta"), asking)
    return story.history()


@bad("no_charge_after_end")
def charged_on_after_a_cancellation() -> History:
    story = Story()
    tale, _, asking = failing(story)
    cancels(tale, "processing")
    second = tale.started("beta")
    went_through(second)
    asking.answered(202, canceled_by_refund(tale, second))
    return story.history()


@bad("every_gateway_asked")
def giving_up_after_one_definite_no() -> History:
    story = Story()
    tale, _, asking = failing(story)
    gave_up(tale, asking)
    return story.history()


@bad("tries_bounded")
def five_tries() -> History:
    story = Story()
    tale, _, asking = failing(story)
    for gateway in ("beta", "alpha", "beta"):
        refused(tale.started(gateway))
    paid(tale.started("alpha"), asking)
    return story.history()


@bad("no_try_after_answer")
def a_new_try_after_the_202() -> History:
    story = Story()
    tale, first = unheard(story, booked="refused")
    blocked(first)
    went_through(tale.started("beta", owner="worker-2"))
    shows_captured(tale)
    return story.history()


@bad("no_charge_after_end", "no_try_after_answer")
def a_new_try_after_the_end() -> History:
    story = Story()
    tale, _, asking = failing(story)
    gave_up(tale, asking)
    refused(tale.started("beta", owner="worker-2"))
    tale.stored("PaymentFailed", code="no_gateway_available", retryable=True)
    tale.shows("failed")
    return story.history()
