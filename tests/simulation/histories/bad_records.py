"""Logs and rows as they must never be: legal histories, damaged afterwards."""

from __future__ import annotations

import json
from typing import Any

from tests.simulation.histories.follow_ups import capturing, refunds, shows_refunded
from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import captured, held, unheard
from tests.simulation.histories.story import Story, rechain


def _plain() -> History:
    story = Story()
    captured(story)
    return story.history()


def _changed(event: dict[str, Any], **data: Any) -> None:
    event["data"] = json.dumps({**json.loads(event["data"]), **data})


@bad("streams_gapless")
def an_event_is_missing() -> History:
    history = _plain()
    for part in (history["log"], history["rows"]["payment_timeline"]):
        del part[1]
    rechain(history)
    return history


@bad("event_ids_unique")
def an_event_id_comes_twice() -> History:
    history = _plain()
    history["log"][1]["id"] = history["log"][0]["id"]
    rechain(history)
    return history


@bad("chain_verifies")
def an_event_was_rewritten() -> History:
    history = _plain()
    _changed(history["log"][1], extra="rewritten")
    return history


@bad("chain_verifies")
def a_chain_that_starts_nowhere() -> History:
    history = _plain()
    metadata = json.loads(history["log"][0]["metadata"])
    history["log"][0]["metadata"] = json.dumps({**metadata, "previous": "1" * 64})
    return history


@bad("log_in_order")
def positions_are_out_of_order() -> History:
    story = Story()
    captured(story)
    captured(story, name="order-2")
    history = story.history()
    log = history["log"]
    log[3], log[4] = log[4], log[3]
    return history


@bad("rows_equal_fold")
def a_row_is_behind() -> History:
    history = _plain()
    row = history["rows"]["payment_status"][0]
    row["status"], row["amount_captured"] = "processing", 0
    return history


@bad("rows_equal_fold")
def a_row_is_missing() -> History:
    history = _plain()
    history["rows"]["payment_status"] = []
    return history


@bad("rows_equal_fold")
def a_line_of_the_timeline_comes_twice() -> History:
    history = _plain()
    lines = history["rows"]["payment_timeline"]
    lines.append(lines[0])
    return history


@bad("rows_equal_fold", "accepted_is_finished")
def what_is_due_is_not_on_the_list() -> History:
    story = Story()
    unheard(story)
    history = story.history()
    last = history["log"][-1]
    due = {"recover_after": "2026-03-01T12:01:00Z"}
    last["metadata"] = json.dumps({**json.loads(last["metadata"]), **due})
    return history


@bad("rows_equal_fold")
def the_list_holds_what_is_done() -> History:
    history = _plain()
    stream = history["log"][0]["stream"]
    row = {"stream": stream, "revision": 3, "merchant": "mer_one"}
    history["rows"]["recovery"] = [{**row, "recover_after": "2026-03-01T12:01:00Z"}]
    return history


@bad("no_card_number")
def a_card_number_is_stored() -> History:
    history = _plain()
    _changed(history["log"][1], policy="card 4111 1111 1111 1111")
    rechain(history)
    return history


@bad("no_card_number")
def a_card_number_is_sent() -> History:
    history = _plain()
    sent = next(one for one in history["facts"] if one["fact"] == "sent")
    sent["payload"] = sent["payload"].replace("{", '{"note": "5555-5555-5555-4444", ', 1)
    return history


@bad("no_card_number")
def a_card_number_is_in_a_row() -> History:
    history = _plain()
    history["rows"]["payment_status"][0]["view"]["description"] = "378282246310005"
    return history


@bad("final_equals_books", "stream_equals_books")
def a_capture_that_the_books_do_not_have() -> History:
    story = Story()
    tale, charge = held(story)
    part, asking = capturing(tale, charge)
    part.sent().booked("refused", charge=None).replied(status=503)
    part.succeeded()
    amounts = {"amount_authorized": 1_000, "amount_captured": 1_000, "amount_refunded": 0}
    asking.answered(200, tale.shows("succeeded", **amounts))
    return story.history()


@bad("stream_equals_books")
def a_second_charge_stands_beside_one_that_was_refunded() -> History:
    story = Story()
    tale, charge = captured(story)
    refund = refunds(tale, charge, 1_000, "refund-1")
    charge.sent(copy_of=1).booked("captured", charge="ch_again").replied(arrives=False)
    shows_refunded(tale, 1_000, refund)
    return story.history()


@bad("final_equals_books", "answers_match_stream", "rows_equal_fold", "linearizable")
def the_last_word_is_not_what_happened() -> History:
    story = Story()
    tale, _ = captured(story)
    tale.shows("failed")
    return story.history()
