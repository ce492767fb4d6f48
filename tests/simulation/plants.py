"""Violations put into a finished history on purpose, one seed in a hundred: what the oracle must
report. They change what witnesses saw or what the system shows, as a real defect would."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, TypeAlias

PLANTED_EVERY: Final = 100
PLANTED_AT: Final = 41

History: TypeAlias = dict[str, Any]
Plant: TypeAlias = Callable[[History], bool]  # False: this history has no place for it
CARD: Final = "4242 4242 4242 4242"


def is_planted(seed: int) -> bool:
    return seed % PLANTED_EVERY == PLANTED_AT


def plant(history: History) -> bool:
    """Puts one violation in and names it in `planted`; each seed begins with another kind. False
    where nothing at all can be planted."""
    names = list(PLANTS)
    first = history["seed"] // PLANTED_EVERY % len(names)
    for name in names[first:] + names[:first]:
        if PLANTS[name](history):
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


PLANTS: Final[dict[str, Plant]] = {
    "second capture": _second_capture,
    "acknowledged payment lost": _payment_lost,
    "row changed": _row_changed,
    "row missing": _row_missing,
    "answer changed": _answer_changed,
    "seen by a stranger": _seen_by_a_stranger,
    "event removed": _event_removed,
    "sent by a stranger": _sent_by_a_stranger,
    "card number sent": _card_number_sent,
    "more taken than asked": _more_taken_than_asked,
}


def _is_payment(fact: dict[str, Any]) -> bool:
    return bool(json.loads(fact["body"]).get("object") == "payment")


def _plain(name: str) -> str:
    return name.removeprefix("payment-").replace("-", "")
