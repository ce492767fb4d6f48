"""Charges as they must never be: a second one too early, one too many, one too late."""

from __future__ import annotations

from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import failing, taken, unheard
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


@bad("one_gateway_at_a_time", "one_net_capture", "stream_equals_books")
def failover_on_a_timeout() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    first = tale.begins()
    first.sent().booked("captured").replied(arrives=False)
    story.wait(3.0)
    first.failed(code="timeout")
    second = tale.started("beta")
    second.sent().booked("captured").replied()
    second.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("one_gateway_at_a_time")
def failover_on_a_timeout_that_ended_well() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    first = tale.begins()
    first.sent()
    story.wait(3.0)
    first.failed(code="timeout")
    second = tale.started("beta")
    second.sent().booked("captured").replied()
    second.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("one_gateway_at_a_time")
def failover_while_the_first_is_pending() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    first = tale.begins()
    request = first.sent().booked("pending").replied()
    first.failed(code="pending")
    second = tale.started("beta")
    second.sent().booked("captured").replied()
    second.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    story.wait(60.0)
    request.booked("declined")
    return story.history()


@bad("one_gateway_at_a_time")
def failover_on_an_absence_that_is_too_early() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    first = tale.begins()
    first.sent()
    story.wait(3.0)
    first.sent(kind="look_up").replied(status=404)
    first.failed("absence", "absent")
    second = tale.started("beta")
    second.sent().booked("captured").replied()
    second.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("one_gateway_at_a_time")
def failover_after_a_refused_repeat() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    first = tale.begins()
    first.sent()
    story.wait(2.0)
    first.repeated()
    first.sent().booked("refused", charge=None).replied(status=503)
    first.failed("repeat")
    second = tale.started("beta")
    second.sent().booked("captured").replied()
    second.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("one_net_capture", "stream_equals_books")
def two_charges_stand_in_the_end() -> History:
    story = Story()
    tale = Tale(story, initiated_by_merchant=True)
    asking = tale.asks()
    first = tale.begins()
    first.sent()
    story.wait(65.0)
    first.sent(kind="look_up").replied(status=404)
    first.failed("absence", "absent")
    second = tale.started("beta")
    second.sent().booked("captured").replied()
    second.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    first.sent(copy_of=1).booked("captured").replied(arrives=False)
    return story.history()


@bad("no_charge_after_end")
def another_gateway_after_a_decline() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    first = tale.begins()
    first.sent().booked("declined").replied()
    first.declined()
    second = tale.started("beta")
    second.sent().booked("captured").replied()
    second.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("no_charge_after_end")
def charged_on_after_a_cancellation() -> History:
    story = Story()
    tale, _, asking = failing(story)
    cancel = tale.asks("cancel", key="cancel-1")
    tale.stored("CancelRequested", command=tale.command("cancel", "cancel-1"))
    cancel.answered(202, tale.shows("processing", cancel_requested=True))
    second = tale.started("beta")
    second.sent().booked("captured").replied()
    second.succeeded()
    back = tale.operates("refund", second, means="refund")
    back.sent().booked("done").replied()
    back.succeeded(kind="CompensationSucceeded")
    tale.stored("PaymentCanceled")
    asking.answered(
        202, tale.shows("canceled", cancel_requested=True, **taken(tale, refunded=1_000))
    )
    return story.history()


@bad("every_gateway_asked")
def giving_up_after_one_definite_no() -> History:
    story = Story()
    tale, _, asking = failing(story)
    tale.stored("PaymentFailed", code="no_gateway_available", retryable=True)
    asking.answered(402, tale.shows_failed("no_gateway_available"))
    return story.history()


@bad("tries_bounded")
def five_tries() -> History:
    story = Story()
    tale, _, asking = failing(story)
    for gateway in ("beta", "alpha", "beta"):
        charge = tale.started(gateway)
        charge.sent().booked("refused", charge=None).replied(status=503)
        charge.failed()
    last = tale.started("alpha")
    last.sent().booked("captured").replied()
    last.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("no_try_after_answer")
def a_new_try_after_the_202() -> History:
    story = Story()
    tale, first = unheard(story, booked="refused")
    first.sent(kind="cancel").booked("blocked", charge=None).replied()
    first.failed("cancel_by_key", "canceled")
    second = tale.started("beta", owner="worker-2")
    second.sent().booked("captured").replied()
    second.succeeded()
    tale.shows("succeeded", **taken(tale))
    return story.history()


@bad("no_charge_after_end", "no_try_after_answer")
def a_new_try_after_the_end() -> History:
    story = Story()
    tale, _, asking = failing(story)
    tale.stored("PaymentFailed", code="no_gateway_available", retryable=True)
    asking.answered(402, tale.shows_failed("no_gateway_available"))
    second = tale.started("beta", owner="worker-2")
    second.sent().booked("refused", charge=None).replied(status=503)
    second.failed()
    tale.stored("PaymentFailed", code="no_gateway_available", retryable=True)
    tale.shows("failed")
    return story.history()
