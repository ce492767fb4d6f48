"""Violations put into a finished history on purpose, one seed in a hundred: what the oracle must
report. They change what witnesses saw or what the system shows, as a real defect would."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

PLANTED_EVERY: Final = 100
PLANTED_AT: Final = 41

History: TypeAlias = dict[str, Any]
CARD: Final = "4242 4242 4242 4242"


def is_planted(seed: int) -> bool:
    return seed % PLANTED_EVERY == PLANTED_AT


def plant(history: History) -> bool:
    """Puts one violation in and names it in `planted`; each seed begins with another kind. False
    where nothing at all can be planted."""
    names = list(PLANTS)
    first = history["seed"] // PLANTED_EVERY % len(names)
    for name in names[first:] + names[:first]:
        if PLANTS[name].put_in(history):
            history["planted"] = name
            return True
    return False


def _second_capture(history: History) -> bool:
    """The gateway's books hold another charge that nobody gave back."""
    booked = [fact for fact in history["facts"] if fact["fact"] == "booked"]
    given_back = {fact["charge"] for fact in booked if fact["kind"] == "refund"}
    for place, fact in enumerate(history["facts"]):
        stands = fact["fact"] == "booked" and fact["result"] == "captured" and fact["first"]
        if stands and fact["charge"] not in given_back:
            again = {**fact, "charge": f"{fact['charge']}_again"}
            history["facts"].insert(place + 1, again)
            return True
    return False


def _payment_lost(history: History) -> bool:
    """An acknowledged payment is nowhere any more."""
    for fact in history["facts"]:
        if fact["fact"] == "answered" and fact["status"] == 201 and _is_payment(fact):
            lost = json.loads(fact["body"])["id"].removeprefix("pay_")
            history["log"] = [one for one in history["log"] if _plain(one["stream"]) != lost]
            rows = history["rows"]
            for name, column in (("payment_status", "id"), ("payment_timeline", "payment")):
                rows[name] = [one for one in rows[name] if _plain(one[column]) != lost]
            return True
    return False


def _row_changed(history: History) -> bool:
    for row in history["rows"]["payment_status"]:
        row["status"] = "succeeded" if row["status"] != "succeeded" else "failed"
        return True
    return False


def _row_missing(history: History) -> bool:
    timeline = history["rows"]["payment_timeline"]
    return bool(timeline) and timeline.pop() is not None


def _answer_changed(history: History) -> bool:
    """A repeat gets other bytes than the first answer had."""
    for fact in reversed(history["facts"]):
        if fact["fact"] == "answered" and fact["replayed"] and fact["status"] in (200, 201, 202):
            fact["body"] = fact["body"].replace('"amount":', '"amount":1', 1)
            return True
    return False


def _seen_by_a_stranger(history: History) -> bool:
    for fact in history["facts"]:
        if fact["fact"] == "asked" and fact["verb"] == "get":
            fact["merchant"] = "mer_stranger"
            call = fact["call"]
            return any(
                one["fact"] == "answered" and one["call"] == call and one["status"] == 200
                for one in history["facts"]
            )
    return False


def _event_removed(history: History) -> bool:
    log = history["log"]
    for place, event in enumerate(log):
        later = (one for one in log[place + 1 :] if one["stream"] == event["stream"])
        if event["revision"] > 0 and any(later):
            del log[place]
            return True
    return False


def _sent_by_a_stranger(history: History) -> bool:
    """Somebody sends who is not the owner."""
    for fact in reversed(history["facts"]):
        if fact["fact"] == "sent" and fact["kind"] == "charge" and "copy_of" not in fact:
            fact["owner"] = "api-ffffffffffffffffffffffffffffffff"
            return True
    return False


def _card_number_sent(history: History) -> bool:
    for fact in history["facts"]:
        if fact["fact"] == "sent" and fact["kind"] == "charge":
            fact["payload"] = fact["payload"].replace("tok_visa", f"tok {CARD} visa")
            return True
    return False


def _more_taken_than_asked(history: History) -> bool:
    told = "".join(one["data"] for one in history["log"] if one["type"] == "AttemptSucceeded")
    for fact in history["facts"]:
        taken = fact["fact"] == "booked" and fact["result"] == "captured" and fact["first"]
        if taken and f'"{fact["charge"]}"' in told:  # of the others nobody claims an amount
            fact["amount"] += 100
            return True
    return False


@dataclass(frozen=True, slots=True)
class Plant:
    """`put_in` changes the history; False where it has no place for it. `breaks`: the invariants
    by any of which the oracle must report it."""

    put_in: Callable[[History], bool]
    breaks: frozenset[str]


def _plant(put_in: Callable[[History], bool], *breaks: str) -> Plant:
    return Plant(put_in, frozenset(breaks))


PLANTS: Final[dict[str, Plant]] = {
    "second capture": _plant(_second_capture, "one_net_capture"),
    "acknowledged payment lost": _plant(_payment_lost, "acknowledged_in_log"),
    "row changed": _plant(_row_changed, "rows_equal_fold"),
    "row missing": _plant(_row_missing, "rows_equal_fold"),
    "answer changed": _plant(_answer_changed, "answers_match_stream"),
    "seen by a stranger": _plant(_seen_by_a_stranger, "merchants_apart"),
    "event removed": _plant(_event_removed, "streams_gapless"),
    "sent by a stranger": _plant(_sent_by_a_stranger, "sent_by_owner"),
    "card number sent": _plant(_card_number_sent, "no_card_number"),
    "more taken than asked": _plant(_more_taken_than_asked, "stream_equals_books"),
}


def _is_payment(fact: dict[str, Any]) -> bool:
    return bool(json.loads(fact["body"]).get("object") == "payment")


def _plain(name: str) -> str:
    return name.removeprefix("payment-").replace("-", "")
