"""Sends as they must never be: by whom, when, to where, and what is on record before."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import failing, taken, unheard
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


@bad("one_try_one_key", "retries_draw_new_keys")
def one_key_for_two_tries() -> History:
    story = Story()
    tale, first, asking = failing(story)
    second = tale.started("alpha", key=first.key)
    second.sent().booked("captured").replied()
    second.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("repeats_are_the_same")
def a_repeat_to_another_account() -> History:
    story = Story()
    tale, charge = unheard(story)
    charge.repeated()
    charge.sent(account="acct_new").booked("captured", first=False).replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@bad("repeats_are_the_same")
def a_repeat_with_other_bytes() -> History:
    story = Story()
    tale, charge = unheard(story)
    charge.repeated()
    charge.sent(payload="/v1/charge {}").booked("captured", first=False).replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@bad("repeats_in_time")
def a_repeat_after_half_the_lifetime() -> History:
    story = Story()
    story.gateway("alpha", key_lifetime_s=40.0)
    tale, charge = unheard(story)
    story.wait(25.0)
    charge.repeated()
    charge.sent().booked("captured", first=False).replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@bad("repeats_in_time")
def a_repeat_after_complete_by() -> History:
    story = Story()
    tale, charge = unheard(story)
    story.wait(70.0)
    charge.repeated()
    charge.sent().booked("captured", first=False).replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@bad("retries_draw_new_keys")
def the_same_key_after_a_definite_no() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    charge.sent().booked("refused", charge=None).replied(status=503)
    charge.repeated()
    charge.sent().booked("captured").replied()
    charge.succeeded("repeat")
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("single_send_without_keys", "one_net_capture", "stream_equals_books")
def a_second_send_to_a_gateway_without_keys() -> History:
    story = Story()
    story.gateway("alpha", key_lifetime_s=0.0)
    tale, charge = unheard(story)
    charge.repeated()
    charge.sent().booked("captured", charge="ch_second").replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@bad("single_send_without_keys")
def a_second_send_without_keys_that_ended_well() -> History:
    story = Story()
    story.gateway("alpha", key_lifetime_s=0.0)
    tale, charge = unheard(story, booked=None)
    charge.repeated()
    charge.sent().booked("captured").replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@bad("sent_by_owner")
def the_former_owner_sends() -> History:
    story = Story()
    tale = Tale(story)
    tale.asks().lost()
    charge = tale.begins()
    story.wait(40.0)
    charge.taken_over("worker-2")
    charge.repeated()
    charge.sent(owner="api-1").booked("captured").replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@bad("sent_by_owner", "recorded_before_sent")
def a_stranger_sends_without_taking_over() -> History:
    story = Story()
    tale, charge = unheard(story)
    charge.sent(owner="worker-2").booked("captured", first=False).replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@bad("sent_by_owner")
def a_stranger_repeats_without_taking_over() -> History:
    story = Story()
    tale, charge = unheard(story)
    charge.repeated("worker-2")
    charge.sent().booked("captured", first=False).replied()
    charge.succeeded("repeat")
    tale.shows("succeeded", **taken(tale))
    return story.history()


@bad("sent_by_owner")
def a_stranger_cancels_the_key() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    charge.sent(kind="cancel", owner="worker-2").booked("blocked", charge=None).replied()
    charge.failed("cancel_by_key", "canceled")
    tale.stored("PaymentFailed", code="not_charged", retryable=True)
    tale.shows("failed")
    return story.history()


@bad("sent_in_time")
def sent_after_send_before() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    charge = tale.begins()
    story.wait(2.5)
    charge.sent().booked("captured").replied()
    charge.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("recorded_before_sent", "sent_by_owner")
def sent_and_then_recorded() -> History:
    story = Story()
    tale, _, asking = failing(story)
    second = tale.started("beta")
    late = story.log.pop()
    request = second.sent()
    late["at"] = story.now = story.now + 0.01
    story.log.append(late)
    request.booked("captured").replied()
    second.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("recorded_before_sent")
def a_charge_that_is_in_no_stream() -> History:
    story = Story()
    tale, first, asking = failing(story)
    stray = replace(first, key="0" * 32)
    stray.sent().booked("refused", charge=None).replied(status=503)
    second = tale.started("beta")
    second.sent().booked("captured").replied()
    second.succeeded()
    asking.answered(201, tale.shows("succeeded", **taken(tale)))
    return story.history()


@bad("takeover_waits")
def taken_over_too_early() -> History:
    story = Story()
    tale = Tale(story)
    tale.asks().lost()
    charge = tale.begins()
    charge.sent().booked("captured").replied(arrives=False)
    story.wait(20.0)
    charge.taken_over("worker-2")
    charge.sent(kind="look_up").replied()
    charge.succeeded("look_up")
    tale.shows("succeeded", **taken(tale))
    return story.history()
