"""Never green over a gap: what the witnesses did not see must show in a verdict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulation.histories import BAD, GOOD
from tests.simulation.histories.shapes import captured
from tests.simulation.histories.story import Story, rechain
from tests.simulation.oracle import NEED_SENDS, judge

MOVED = ("captured", "authorized", "done")
STATES = ("broken", "cannot_tell")


def found(history: dict[str, Any]) -> set[tuple[str, str]]:
    return {(one.invariant, one.outcome) for one in judge(history) if one.outcome in STATES}


def without(history: dict[str, Any], part: str, dropped: Any) -> dict[str, Any]:
    return {**history, part: [one for one in history[part] if one is not dropped]}


def bookings(history: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for fact in history["facts"]:
        if fact["fact"] == "booked" and fact["result"] in MOVED and fact["first"]:
            yield fact


@pytest.mark.parametrize("name", GOOD)
def test_no_booking_of_money_can_be_dropped_unseen(name: str) -> None:
    history = GOOD[name]()
    before = found(history)
    for booking in bookings(history):
        assert found(without(history, "facts", booking)) - before, booking


@pytest.mark.parametrize("name", GOOD)
def test_no_event_can_be_dropped_unseen(name: str) -> None:
    history = GOOD[name]()
    before = found(history)
    for event in history["log"]:
        damaged = without(history, "log", event)
        assert found(damaged) - before, (event["revision"], event["type"])


@pytest.mark.parametrize("name", GOOD)
def test_no_send_can_be_dropped_unseen(name: str) -> None:
    """Where it was booked or answered: one that went nowhere leaves nothing else behind."""
    history = GOOD[name]()
    before = found(history)
    known = {one.get("request") for one in history["facts"] if one["fact"] in ("booked", "answer")}
    for fact in history["facts"]:
        if fact["fact"] == "sent" and fact["request"] in known:
            assert found(without(history, "facts", fact)) - before, fact["request"]


def test_an_answer_without_a_booking_is_a_gap() -> None:
    story = Story()
    _, charge = captured(story)
    charge.sent(copy_of=1).replied(arrives=False)
    assert ("witnesses_suffice", "cannot_tell") in found(story.history())


def test_a_booking_without_a_request_is_a_gap() -> None:
    story = Story()
    _, charge = captured(story)
    request = charge.sent(copy_of=1)
    request.number = 99
    request.booked("captured", first=False)
    assert ("witnesses_suffice", "cannot_tell") in found(story.history())


def test_a_call_that_nobody_closed_is_a_gap() -> None:
    story = Story()
    tale, _ = captured(story)
    tale.asks("get")
    assert found(story.history()) == {("witnesses_suffice", "cannot_tell")}


def test_an_answer_of_earlier_that_was_never_booked_is_a_gap() -> None:
    story = Story()
    tale, _ = captured(story)
    late = tale.operates("refund", tale_charge(story), 100)
    late.sent().booked("done", first=False).replied()
    assert ("witnesses_suffice", "cannot_tell") in found(story.history())


def tale_charge(story: Story) -> Any:
    _, charge = captured(story, name="order-2")
    return charge


def test_a_copy_of_a_refused_request_is_nobodys_fault() -> None:
    """The network doubles what was refused, and the copy charges: nobody can have known."""
    refused = GOOD["refused_there_and_captured_elsewhere"]()
    sent = next(one for one in refused["facts"] if one["fact"] == "sent")
    booked = next(one for one in refused["facts"] if one["fact"] == "booked")
    copy = {**sent, "request": 77, "copy_of": sent["request"], "at": 5.0}
    taken = {**booked, "request": 77, "result": "captured", "charge": "ch_copy", "at": 5.1}
    facts = [*refused["facts"], copy, taken]
    refused["facts"] = sorted(facts, key=lambda one: float(one["at"]))
    assert ("one_net_capture", "cannot_tell") in found(refused)
    assert not [one for one in found(refused) if one[1] == "broken"]


def test_a_calm_that_is_too_short_leaves_it_open() -> None:
    story = Story()
    tale, charge = captured(story)
    tale.operates("refund", charge, 100, owner="worker-2")
    story.calm(60.0)
    assert ("accepted_is_finished", "cannot_tell") in found(story.history())


def test_a_truncated_stream_is_noticed_even_with_a_whole_chain() -> None:
    story = Story()
    captured(story)
    history = story.history()
    history["log"].pop()
    rechain(history)
    assert ("acknowledged_in_log", "broken") in found(history)


@pytest.mark.parametrize("kind", ["asked", "answered", "booked", "sent"])
def test_no_fact_can_be_told_twice_or_cut_off_unseen(kind: str) -> None:
    history = GOOD["captured_in_two_parts"]()
    for place, fact in enumerate(history["facts"]):
        if fact["fact"] == kind:
            facts = history["facts"]
            doubled = [*facts[: place + 1], fact, *facts[place + 1 :]]
            assert found({**history, "facts": doubled}), place
            assert found({**history, "facts": facts[:place]}), place


def test_facts_out_of_order_are_a_gap() -> None:
    history = GOOD["captured_at_once"]()
    facts = history["facts"]
    facts[1], facts[2] = facts[2], facts[1]
    assert ("witnesses_suffice", "cannot_tell") in found(history)


def test_an_answer_to_what_was_never_asked_is_a_gap() -> None:
    history = GOOD["captured_at_once"]()
    del history["facts"][0]
    assert ("witnesses_suffice", "cannot_tell") in found(history)


def test_a_payment_that_nobody_read_in_the_end_is_not_green() -> None:
    history = GOOD["captured_at_once"]()
    del history["facts"][-2:]
    assert found(history) == {("final_equals_books", "cannot_tell")}


# What a gateway was asked, and when, nobody tells but the sends.
SEEN_IN_SENDS_ALONE = {
    "a_new_try_after_the_202",
    "a_card_number_is_sent",
    "a_timeout_taken_as_failed",
    "charged_in_another_currency",
    "failed_after_a_look_up_that_was_throttled",
}


@pytest.mark.parametrize("name", sorted(BAD.keys() - SEEN_IN_SENDS_ALONE))
def test_where_nobody_saw_the_sends_the_rest_is_judged_all_the_same(name: str) -> None:
    """As of real processes: no second charge, no lost payment may hide behind what is not seen."""
    bad, history = BAD[name], BAD[name].make()
    history["sends_witnessed"] = False
    history["facts"] = [
        {**one, "request": None} if one["fact"] == "booked" else one
        for one in history["facts"]
        if one["fact"] not in ("sent", "answer")
    ]

    found = {one.invariant: one.outcome for one in judge(history)}

    assert all(found[one] != "holds" for one in NEED_SENDS)
    if bad.invariant not in NEED_SENDS:
        assert "broken" in found.values(), name
