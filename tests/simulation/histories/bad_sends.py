"""Sends as they must never be: by whom, when, to where, and what is on record before."""

from __future__ import annotations

from dataclasses import replace

from tests.simulation.histories.endings import (
    blocked,
    crashed,
    found,
    not_charged,
    paid,
    repeated,
    shows_captured,
)
from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import begun, failing, unheard
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


@bad("one_try_one_key", "retries_draw_new_keys")
def one_key_for_two_tries() -> History:
    story = Story()
    tale, first, asking = failing(story)
    paid(tale.started("alpha", key=first.key), asking)
    return story.history()


@bad("recorded_before_sent", "retries_draw_new_keys", "no_charge_after_end")
def a_repeat_that_goes_out_again_when_all_is_known() -> History:
    story = Story()
    tale, charge = unheard(story)
    repeated(charge)
    charge.sent().booked("captured", first=False).replied()
    shows_captured(tale)
    return story.history()


@bad("recorded_before_sent")
def sent_after_it_was_taken_back() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.tells("AttemptNotSent", owner="api-1")
    charge.sent().booked("refused", charge=None).replied(status=503)
    paid(tale.started("beta"), asking)
    return story.history()


@bad("takeover_waits")
def taken_over_early_by_a_clock_that_says_otherwise() -> History:
    story = Story(skews={"worker-2": 40.0})
    tale, charge, asking = begun(story)
    charge.sent().booked("captured").replied(arrives=False)
    asking.lost()
    story.wait(3.0)
    charge.taken_over("worker-2")
    found(charge)
    shows_captured(tale)
    return story.history()


@bad("repeats_are_the_same")
def a_repeat_to_another_account() -> History:
    story = Story()
    tale, charge = unheard(story)
    repeated(charge, account="acct_new")
    shows_captured(tale)
    return story.history()


@bad("repeats_are_the_same")
def a_repeat_with_other_bytes() -> History:
    story = Story()
    tale, charge = unheard(story)
    repeated(charge, payload="/v1/charge {}")
    shows_captured(tale)
    return story.history()


@bad("repeats_in_time")
def a_repeat_after_half_the_lifetime() -> History:
    story = Story()
    story.gateway("alpha", key_lifetime_s=40.0)
    tale, charge = unheard(story)
    story.wait(25.0)
    repeated(charge)
    shows_captured(tale)
    return story.history()


@bad("repeats_in_time")
def a_repeat_after_complete_by() -> History:
    story = Story()
    tale, charge = unheard(story)
    story.wait(70.0)
    repeated(charge)
    shows_captured(tale)
    return story.history()


@bad("retries_draw_new_keys")
def the_same_key_after_a_definite_no() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent().booked("refused", charge=None).replied(status=503)
    repeated(charge, first=True)
    asking.answered(201, shows_captured(tale))
    return story.history()


@bad("single_send_without_keys", "one_net_capture", "stream_equals_books")
def a_second_send_to_a_gateway_without_keys() -> History:
    story = Story()
    story.gateway("alpha", key_lifetime_s=0.0)
    tale, charge = unheard(story)
    charge.repeated()
    charge.sent().booked("captured", charge="ch_second").replied()
    charge.succeeded("repeat")
    shows_captured(tale)
    return story.history()


@bad("single_send_without_keys")
def a_second_send_without_keys_that_ended_well() -> History:
    story = Story()
    story.gateway("alpha", key_lifetime_s=0.0)
    tale, charge = unheard(story, booked=None)
    repeated(charge, first=True)
    shows_captured(tale)
    return story.history()


@bad("looks_ever_more_rarely")
def a_key_that_is_looked_up_four_times_a_second() -> History:
    story = Story()
    tale, charge = unheard(story)
    for _ in range(40):
        story.wait(0.25)
        charge.sent(kind="look_up").replied(status=404)
    found(charge)
    shows_captured(tale)
    return story.history()


@bad("looks_ever_more_rarely")
def a_gateway_that_is_written_down_for_ever() -> History:
    """Its reference is another one at each look-up."""
    story = Story()
    tale, charge = unheard(story)
    for number in range(80):
        story.wait(10.0)
        charge.sent(kind="look_up").replied()
        charge.tells("AttemptPending", reference=f"ch_{number}", evidence="look_up")
    found(charge)
    shows_captured(tale)
    return story.history()


@bad("no_gateway_waits_for_another")
def an_unknown_that_waits_for_a_gateway_that_hangs_to_be_looked_up_at_another() -> History:
    story = Story()
    story.note("hangs", gateway="beta", until=3_600.0)
    tale, charge = unheard(story)
    story.wait(30.0)
    found(charge)
    shows_captured(tale)
    return story.history()


@bad("first_sent_for_its_client")
def a_charge_first_sent_by_a_worker() -> History:
    """Its client was told 503 and has left."""
    story = Story()
    tale, charge, asking = begun(story)
    asking.refused(503, "not_recorded", retryable=True)
    story.wait(38.0)
    charge.taken_over("worker-2")
    repeated(charge, first=True)
    shows_captured(tale)
    return story.history()


@bad("first_sent_for_its_client")
def a_charge_first_sent_by_another_process_than_the_repeats() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    crashed(charge, asking, "send charge")
    story.wait(38.0)
    again = tale.asks(process="api")
    charge.taken_over("worker-2")
    again.answered(202, tale.shows("pending_verification"))
    repeated(charge, first=True)
    shows_captured(tale)
    return story.history()


@bad("sent_by_owner")
def the_former_owner_sends() -> History:
    story = Story()
    tale = Tale(story)
    tale.asks().lost()
    charge = tale.begins()
    story.wait(40.0)
    charge.taken_over("worker-2")
    repeated(charge, first=True, owner="api-1")
    shows_captured(tale)
    return story.history()


@bad("sent_by_owner", "recorded_before_sent")
def a_stranger_sends_without_taking_over() -> History:
    story = Story()
    tale, charge = unheard(story)
    charge.sent(owner="worker-2").booked("captured", first=False).replied()
    charge.succeeded("repeat")
    shows_captured(tale)
    return story.history()


@bad("sent_by_owner")
def a_stranger_repeats_without_taking_over() -> History:
    story = Story()
    tale, charge = unheard(story)
    charge.repeated("worker-2")
    charge.sent().booked("captured", first=False).replied()
    charge.succeeded("repeat")
    shows_captured(tale)
    return story.history()


@bad("sent_by_owner")
def a_stranger_cancels_the_key() -> History:
    story = Story()
    tale, charge = unheard(story, booked=None)
    blocked(charge, owner="worker-2")
    not_charged(tale)
    return story.history()


@bad("sent_in_time")
def sent_after_send_before() -> History:
    story = Story()
    _, charge, asking = begun(story)
    story.wait(2.5)
    paid(charge, asking)
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
    asking.answered(201, shows_captured(tale))
    return story.history()


@bad("recorded_before_sent")
def a_charge_that_is_in_no_stream() -> History:
    story = Story()
    tale, first, asking = failing(story)
    stray = replace(first, key="0" * 32)
    stray.sent().booked("refused", charge=None).replied(status=503)
    paid(tale.started("beta"), asking)
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
    found(charge)
    shows_captured(tale)
    return story.history()
