"""Odd but legal ways of a charge."""

from __future__ import annotations

from tests.simulation.histories.endings import (
    copy_given_back,
    done,
    gave_up,
    paid,
    refused,
    shows_captured,
    went_through,
)
from tests.simulation.histories.registry import History, good
from tests.simulation.histories.shapes import begun, captured, failing, held
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


@good
def captured_at_once() -> History:
    story = Story()
    captured(story)
    return story.history()


@good
def two_payments_of_two_merchants_with_one_key() -> History:
    story = Story()
    captured(story)
    captured(story, merchant="mer_two", amount=77, currency="JPY")
    return story.history()


@good
def refused_there_and_captured_elsewhere() -> History:
    story = Story()
    tale, _, asking = failing(story)
    paid(tale.started("beta"), asking)
    return story.history()


@good
def refused_and_tried_again_with_a_new_key() -> History:
    story = Story()
    tale, _, asking = failing(story)
    paid(tale.started("alpha"), asking)
    return story.history()


@good
def unreachable_leaves_no_request() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    tale.begins().failed(code="unreachable")
    paid(tale.started("beta"), asking)
    return story.history()


@good
def declined_by_the_bank() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent().booked("declined").replied()
    charge.declined()
    tale.stored("PaymentFailed", code="declined", retryable=False)
    asking.answered(402, tale.shows_failed())
    return story.history()


@good
def everybody_says_no() -> History:
    story = Story()
    tale, _, asking = failing(story)
    refused(tale.started("beta"))
    gave_up(tale, asking)
    return story.history()


@good
def nobody_else_is_asked_when_time_runs_out() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    request = charge.sent()
    story.wait(8.0)
    request.booked("refused", charge=None).replied(status=503)
    charge.failed()
    gave_up(tale, asking)
    return story.history()


@good
def too_late_to_send_and_sent_elsewhere() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    story.wait(2.5)
    charge.tells("AttemptNotSent")
    paid(tale.started("beta"), asking)
    return story.history()


@good
def a_copy_after_a_no_is_pending_while_another_gateway_is_asked() -> History:
    """The look-up tells one process of it, which is no charge yet, and given back when it is."""
    story = Story()
    tale, first, asking = failing(story)
    copy = first.sent(copy_of=1).booked("pending").replied(arrives=False)
    first.sent(kind="look_up").replied()
    paid(tale.started("beta"), asking)
    story.wait(6.0)
    copy_given_back(copy, first)
    return story.history()


@good
def the_network_doubles_a_request() -> History:
    story = Story()
    tale, charge = captured(story)
    charge.sent(copy_of=1).booked("captured", first=False).replied(arrives=False)
    shows_captured(tale)
    return story.history()


@good
def the_gateway_took_another_amount() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent().booked("captured", amount=1_100).replied()
    charge.succeeded(amount=1_100)
    amounts = {"amount_authorized": 1_100, "amount_captured": 1_100, "amount_refunded": 0}
    asking.answered(201, tale.shows("conflicted", **amounts))  # as 2026-11-01 says it
    tale.shows("conflicted", needs_review=True, **amounts)
    return story.history()


@good
def a_merchant_initiated_payment_goes_on_after_the_answer() -> History:
    story = Story()
    tale, charge, asking = begun(story, initiated_by_merchant=True)
    request = charge.sent()
    story.wait(8.0)
    charge.unknown()
    asking.answered(202, tale.shows("pending_verification"))
    request.booked("refused", charge=None).replied(status=503)
    charge.failed("late_answer")
    went_through(tale.started("beta", owner="worker-2"))
    shows_captured(tale)
    return story.history()


@good
def a_clock_that_is_ahead_sends_in_its_own_time() -> History:
    story = Story(skews={"api-1": 4.0})
    captured(story)
    return story.history()


@good
def a_hold_that_nobody_wanted_in_time_is_released() -> History:
    story = Story()
    tale, charge = held(story)
    story.wait(604_800.0)
    done(tale.operates("void", charge, owner="worker-2"))
    tale.stored("PaymentExpired")
    tale.shows("expired", amount_authorized=tale.amount)
    return story.history()
