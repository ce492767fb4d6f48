"""What clients must never be told: a no that was a yes, a yes that was none yet, and denials of
what had been acknowledged."""

from __future__ import annotations

from typing import Any

from tests.simulation.histories.endings import done, paid, shows_captured, taken, went_through
from tests.simulation.histories.follow_ups import (
    asks_refund,
    cancels,
    capturing,
    refund_of,
    refunding,
    refused_refund,
    shows_refunded,
)
from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import begun, captured, held, pending
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


def no(tale: Tale, code: str, **more: Any) -> dict[str, Any]:
    """A problem document of status 402."""
    return {"status": 402, "code": code, "payment": f"pay_{tale.id.replace('-', '')}", **more}


@bad("answers_match_stream")
def a_capture_told_as_refused_that_was_done() -> History:
    story = Story()
    tale, charge = held(story)
    part, asking = capturing(tale, charge)
    done(part)
    asking.answered(402, no(tale, "capture_failed"))
    shows_captured(tale)
    return story.history()


@bad("answers_match_stream")
def a_charge_told_as_failed_that_was_captured() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    went_through(charge)
    asking.answered(402, no(tale, "no_gateway_available"))
    shows_captured(tale)
    return story.history()


@bad("answers_match_stream", "linearizable")
def a_refund_told_as_failed_that_was_done() -> History:
    story = Story()
    tale, charge = captured(story)
    refund, asking = refunding(tale, charge, 400)
    done(refund)
    told = refund_of(tale, refund, "failed")
    asking.answered(402, no(tale, "refund_failed", refund=told["id"]))
    shows_refunded(tale, 400, refund)
    return story.history()


@bad("answers_match_stream")
def a_refund_that_is_created_and_failed_at_once() -> History:
    story = Story()
    tale, charge = captured(story)
    refund, asking = refunding(tale, charge, 400)
    done(refund)
    asking.answered(201, refund_of(tale, refund, "failed"))
    shows_refunded(tale, 400, refund)
    return story.history()


@bad("answers_match_stream")
def created_while_the_gateway_still_decides() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    request = charge.sent().booked("pending").replied()
    charge.tells("AttemptPending", reference="ref", evidence="answer")
    asking.answered(201, tale.shows("processing"))
    request.booked("declined")
    charge.sent(kind="look_up").replied()
    charge.declined("look_up")
    tale.stored("PaymentFailed", code="declined", retryable=False)
    tale.shows("failed")
    return story.history()


@bad("answers_match_stream")
def created_and_failed() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent().booked("declined").replied()
    charge.declined()
    tale.stored("PaymentFailed", code="declined", retryable=False)
    asking.answered(201, tale.shows("failed"))
    return story.history()


@bad("answers_match_stream")
def a_decline_of_a_payment_that_nobody_knows() -> History:
    story = Story()
    captured(story)
    other = Tale(story, name="order-2")
    other.asks().answered(402, no(other, "declined", decline=None))
    return story.history()


@bad("acknowledged_in_log")
def not_found_by_its_own_merchant() -> History:
    story = Story()
    tale, _ = captured(story)
    story.calm()
    tale.asks("get").refused(404, "payment_not_found")
    return story.history()


@bad("same_key_same_answer")
def an_answered_key_that_is_not_found_later() -> History:
    story = Story()
    tale, _ = captured(story)
    tale.asks().refused(404, "payment_not_found")
    return story.history()


@bad("same_key_same_answer")
def an_answered_key_that_is_in_progress_for_ever() -> History:
    story = Story()
    tale, _ = captured(story)
    story.calm()
    tale.asks().refused(409, "in_progress", retryable=True)
    return story.history()


@bad("same_key_same_answer")
def refused_and_then_on_its_way() -> History:
    story = Story()
    tale, _ = captured(story)
    refused_refund(tale, 2000).refused(409, "refund_exceeds_captured", retryable=False)
    asks_refund(tale, "refund-1", 2000).answered(202, tale.shows("succeeded", **taken(tale)))
    shows_captured(tale)
    return story.history()


@bad("accepted_is_finished")
def canceled_on_its_way_captured_and_kept() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    cancels(tale, "processing")
    went_through(charge)
    asking.answered(202, tale.shows("processing", cancel_requested=True, **taken(tale)))
    return story.history()


@bad("accepted_is_finished")
def a_person_is_asked_at_once() -> History:
    story = Story()
    tale, charge, request = pending(story)
    charge.tells("ReviewRequested", reason="unsettled_too_long")
    tale.shows("processing", needs_review=True)
    request.booked("declined")
    return story.history()


@bad("accepted_is_finished")
def held_long_after_the_hold_lapsed() -> History:
    story = Story()
    story.gateway("alpha", authorization_lifetime_s=7_200.0)
    held(story)
    story.calm(8 * 86_400.0)
    return story.history()


@bad("merchants_apart")
def a_stranger_is_told_that_it_is_not_theirs() -> History:
    story = Story()
    tale, _ = captured(story)
    tale.asks("get", merchant="mer_two").refused(403, "forbidden")
    return story.history()


@bad("no_try_after_answer")
def charged_when_everybody_had_left() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent().booked("refused", charge=None).replied(status=503)
    charge.failed()
    story.wait(4 * 3_600.0)
    paid(tale.started("beta", owner="worker-2"), asking)
    return story.history()
