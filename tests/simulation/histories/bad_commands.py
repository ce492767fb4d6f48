"""Captures, refunds and answers as they must never be."""

from __future__ import annotations

import json

from tests.simulation.histories.endings import (
    done,
    found,
    paid,
    shows_captured,
    taken,
    went_through,
)
from tests.simulation.histories.follow_ups import (
    captures,
    capturing,
    refund_of,
    refunding,
    refunds,
    refused_refund,
    shows_refunded,
)
from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import begun, captured, held, unheard
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


@bad("one_try_one_key", "final_equals_books")
def one_key_for_two_refunds() -> History:
    story = Story()
    tale, charge = captured(story)
    first = refunds(tale, charge, 300, "refund-1")
    second, asking = refunding(tale, charge, 300, "refund-2", key=first.key)
    done(second, first=False)
    asking.answered(201, refund_of(tale, second, "succeeded"))
    shows_refunded(tale, 600, first, second)
    return story.history()


@bad("bounds_in_books", "bounds_in_streams", "linearizable")
def more_given_back_than_taken() -> History:
    story = Story()
    tale, charge = captured(story)
    both = [refunds(tale, charge, 600, key) for key in ("refund-1", "refund-2")]
    shows_refunded(tale, 1_200, *both)
    return story.history()


@bad("bounds_in_streams")
def an_unknown_refund_is_not_counted() -> History:
    story = Story()
    tale, charge = captured(story)
    first, asking = refunding(tale, charge, 600)
    request = first.sent()
    first.unknown()
    asking.answered(202, refund_of(tale, first, "unknown"))
    second = refunds(tale, charge, 600, "refund-2")
    request.booked("refused", charge=None).replied(status=503)
    first.failed("late_answer")
    tale.stored("RefundFailed", operation=first.operation, code="unavailable")
    told = [refund_of(tale, first, "failed"), refund_of(tale, second, "succeeded")]
    tale.shows("succeeded", refunds=told, **taken(tale, refunded=600))
    return story.history()


@bad("bounds_in_streams")
def a_void_while_a_capture_is_open() -> History:
    story = Story()
    tale, charge = held(story)
    part, asking = capturing(tale, charge, 400)
    void = tale.operates("void", charge, 600)
    done(part)
    done(void)
    asking.answered(200, tale.shows("partially_captured", **taken(tale, captured=400)))
    return story.history()


@bad("one_effect", "final_equals_books", "stream_equals_books")
def one_refund_done_under_two_keys() -> History:
    story = Story()
    tale, charge = captured(story)
    first, asking = refunding(tale, charge, 300)
    first.sent().booked("done").replied(arrives=False)
    first.failed(code="timeout")
    command = tale.command("refund", "refund-1")
    second = tale.operates("refund", charge, 300, command=command, number=2)
    done(second)
    asking.answered(201, refund_of(tale, second, "succeeded"))
    shows_refunded(tale, 300, second)
    return story.history()


@bad("one_effect", "same_key_same_answer", "no_try_after_answer")
def twins_with_two_payments() -> History:
    story = Story()
    captured(story)
    _, charge, asking = begun(story, id="7" * 8 + "-0000-4000-8000-" + "7" * 12)
    paid(charge, asking)
    return story.history()


@bad("same_key_same_answer")
def a_repeat_gets_the_newest_state() -> History:
    story = Story()
    tale, charge = unheard(story)
    found(charge)
    tale.asks().answered(201, shows_captured(tale), replayed=True)
    return story.history()


@bad("same_key_same_answer")
def one_byte_is_different() -> History:
    story = Story()
    tale, _ = captured(story)
    body = story.facts[-1]["body"].replace('": ', '":', 1)
    tale.asks().answered(201, body, replayed=True)
    return story.history()


@bad("changed_body_refused")
def a_changed_body_is_taken() -> History:
    story = Story()
    tale, _ = captured(story)
    body = {"amount": 9, "currency": "EUR", "capture_method": "automatic"}
    tale.asks(body=body).answered(201, shows_captured(tale), replayed=True)
    return story.history()


@bad("refusal_stands", "linearizable")
def a_refused_refund_moves_money_later() -> History:
    story = Story()
    tale, charge = captured(story)
    refused_refund(tale, 300).refused(409, "refund_exceeds_captured")
    refund = tale.operates("refund", charge, 300, command=tale.command("refund", "refund-1"))
    done(refund)
    shows_refunded(tale, 300, refund)
    return story.history()


@bad("merchants_apart")
def a_stranger_reads() -> History:
    story = Story()
    tale, _ = captured(story)
    asking = tale.asks("get", merchant="mer_two")
    asking.answered(200, shows_captured(tale))
    return story.history()


@bad("merchants_apart")
def a_stranger_learns_that_it_exists() -> History:
    story = Story()
    tale, _ = captured(story)
    tale.asks("cancel", merchant="mer_two", key="theirs").refused(409, "not_cancelable")
    return story.history()


@bad("merchants_apart", "one_effect", "linearizable")
def a_key_is_shared_by_two_merchants() -> History:
    story = Story()
    tale, _ = captured(story)
    shown = shows_captured(tale)
    tale.asks(merchant="mer_two").answered(201, shown, replayed=True)
    return story.history()


@bad("acknowledged_in_log")
def an_acknowledged_payment_is_lost() -> History:
    story = Story()
    captured(story)
    ghost = Tale(story, name="order-2")
    shown = {"id": f"pay_{ghost.id.replace('-', '')}", "object": "payment", "status": "processing"}
    ghost.asks().answered(202, {**shown, "revision": 2, "refunds": []})
    return story.history()


@bad("acknowledged_in_log")
def an_acknowledged_refund_is_lost() -> History:
    story = Story()
    tale, charge = captured(story)
    refund, asking = refunding(tale, charge, 300)
    ghost = story.log.pop()
    story.digests[ghost["stream"]] = json.loads(ghost["metadata"])["previous"]
    asking.answered(202, refund_of(tale, refund, "pending"))
    shows_captured(tale)
    return story.history()


@bad("answers_match_stream", "linearizable")
def an_answer_tells_of_money_that_was_not_taken() -> History:
    story = Story()
    tale, charge = held(story)
    shown = shows_captured(tale)
    tale.asks("get").answered(200, shown)
    captures(tale, charge)
    return story.history()


@bad("answers_match_stream", "linearizable")
def a_read_goes_back_in_time() -> History:
    story = Story()
    tale, charge = captured(story)
    before = shows_captured(tale)
    refund = refunds(tale, charge, 1_000, "refund-1")
    now = shows_refunded(tale, 1_000, refund)
    tale.asks("get").answered(200, now)
    tale.asks("get").answered(200, before)
    shows_refunded(tale, 1_000, refund)
    return story.history()


@bad("linearizable")
def a_refund_that_fits_is_refused() -> History:
    story = Story()
    tale, _ = captured(story)
    refused_refund(tale, 300).refused(409, "refund_exceeds_captured")
    shows_captured(tale)
    return story.history()


@bad("no_5xx_after_money")
def a_5xx_over_money() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent().booked("captured").replied()
    asking.refused(500, "internal")
    charge.succeeded()
    shown = shows_captured(tale)
    tale.asks(process="api2").answered(201, shown, replayed=True)
    return story.history()


@bad("no_5xx_after_money")
def sent_after_the_503() -> History:
    story = Story()
    tale = Tale(story)
    tale.asks().refused(503, "fate_unknown", retryable=True)
    story.note("noticed", process="api2", payment=tale.id)  # another process than the one that sent
    went_through(tale.begins())
    shown = shows_captured(tale)
    tale.asks(process="api2").answered(201, shown, replayed=True)
    return story.history()
