"""Odd but legal answers: twins, repeats, lost caches, lost answers, strangers."""

from __future__ import annotations

from tests.simulation.histories.endings import found, paid, repeated, shows_captured, went_through
from tests.simulation.histories.registry import History, good
from tests.simulation.histories.shapes import begun, captured, unheard
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


@good
def a_twin_waits_in_vain_and_gets_the_answer_later() -> History:
    story = Story()
    tale = Tale(story)
    asking, twin = tale.asks(), tale.asks()
    charge = tale.begins()
    request = charge.sent()
    story.wait(7.0)
    twin.refused(409, "in_progress", retryable=True)
    request.booked("captured").replied()
    charge.succeeded()
    shown = shows_captured(tale)
    asking.answered(201, shown)
    tale.asks().answered(201, shown, replayed=True)
    return story.history()


@good
def the_same_bytes_after_the_hot_state_was_lost() -> History:
    story = Story()
    tale, charge = unheard(story)
    first = tale.shows("pending_verification")
    found(charge)
    story.note("hot_state_lost")
    tale.asks().answered(202, first, replayed=True)
    shows_captured(tale)
    return story.history()


@good
def fate_unknown_and_never_stored() -> History:
    story = Story()
    tale = Tale(story)
    tale.asks().refused(503, "fate_unknown", retryable=True)
    story.wait(1.0)
    asking = tale.asks()
    paid(tale.begins(), asking)
    return story.history()


@good
def fate_unknown_and_stored_late() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    story.wait(9.0)
    asking.refused(503, "fate_unknown", retryable=True)
    charge = tale.begins()
    tale.asks(process="api2").refused(409, "in_progress", retryable=True)
    story.wait(40.0)
    again = tale.asks(process="api2")
    charge.taken_over("api2-2")
    pending = tale.shows("pending_verification")
    repeated(charge, first=True)
    again.answered(202, pending, replayed=True)
    shows_captured(tale)
    return story.history()


@good
def a_changed_body_is_refused() -> History:
    story = Story()
    tale, _ = captured(story)
    body = {"amount": 1_001, "currency": "EUR", "capture_method": "automatic"}
    tale.asks(body=body).refused(422, "idempotency_key_reused")
    return story.history()


@good
def a_stranger_finds_nothing() -> History:
    story = Story()
    tale, _ = captured(story)
    for verb in ("get", "refund", "cancel", "capture"):
        key = None if verb == "get" else "theirs"
        asking = tale.asks(verb, merchant="mer_two", key=key)
        asking.refused(404, "payment_not_found")
    return story.history()


@good
def an_answer_on_the_way_and_the_last_word_later() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent().booked("captured").replied()
    story.wait(9.0)
    asking.answered(202, tale.shows("processing"))
    charge.succeeded()
    tale.asks().answered(201, shows_captured(tale), replayed=True)
    return story.history()


@good
def every_answer_is_lost() -> History:
    story = Story()
    tale = Tale(story)
    tale.asks().lost()
    tale.asks().lost()
    went_through(tale.begins())
    shows_captured(tale)
    return story.history()


@good
def long_numbers_that_are_no_cards() -> History:
    story = Story()
    tale, charge, asking = begun(story, name="order 4111111111111112 of 2026")
    request = charge.sent(
        payload='/v1/charges\n{"amount":1000,"currency":"EUR","n":"1234567890123452"}'
    )
    request.booked("captured").replied()
    charge.succeeded()
    asking.answered(201, shows_captured(tale))
    return story.history()


@good
def a_read_at_a_position_that_was_told() -> History:
    story = Story()
    tale, _ = captured(story)
    asking = tale.asks("get", body={"at_least": story.log[-1]["position"]})
    asking.answered(200, shows_captured(tale))
    return story.history()
