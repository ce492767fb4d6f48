"""Rare states that a history went through, by name: a simulation that never gets there proves
nothing about them. Read from the finished history alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from tests.simulation.rare_states import REFUSALS, STATES

FOLLOW_UPS: Final = ("Capture", "Void", "Refund", "Compensation")


def states_of(history: dict[str, Any]) -> set[str]:
    """The names of STATES that this history went through."""
    found = {name for name in history["marks"] if name in STATES}
    streams: dict[str, list[_Event]] = {}
    for event in history["log"]:
        one = _Event(event["type"], orjson.loads(event["data"]))
        streams.setdefault(event["stream"], []).append(one)
    for events in streams.values():
        found.update(_of_stream(events))
    found.update(_of_facts(history["facts"]))
    return found.intersection(STATES)


@dataclass(slots=True)
class _Event:
    type: str
    data: dict[str, Any]


def _of_stream(events: list[_Event]) -> Iterator[str]:
    counts = Counter(event.type for event in events)
    yield from _of_charges(events, counts)
    yield from _of_settling(events)
    yield from _of_take_overs(events)
    yield from _of_deferred(events)
    for event in events:
        if event.type == "PaymentFailed":
            yield f"payment failed: {event.data['code']}"
        if event.type == "CommandRefused":
            yield f"refused: {event.data['code']}"
        is_follow_up = event.type.endswith("Started") and event.type.startswith(FOLLOW_UPS)
        if is_follow_up and event.data["number"] > 1:
            yield "follow-up tried again"
    for event in events:
        if event.type == "ReviewRequested":
            of_charge = event.data.get("about") == "charge"
            yield "a person must give it back" if of_charge else "review requested"
    if counts["CaptureSucceeded"] > 1:
        yield "captured twice"
    if counts["RefundSucceeded"] > 1:
        yield "refunded twice"
    if counts["PaymentCanceled"]:
        means = "a void" if counts["VoidSucceeded"] else "giving back"
        given = counts["VoidSucceeded"] or counts["CompensationSucceeded"]
        yield f"canceled by {means}" if given else "canceled without a charge"
    if counts["PaymentExpired"]:
        yield "expired"
    elif any(one.type == "VoidSucceeded" for one in events) and counts["CaptureSucceeded"]:
        reasons = {one.data.get("reason") for one in events if one.type == "VoidStarted"}
        if "expired" in reasons:
            yield "expired after a part was captured"


def _of_deferred(events: list[_Event]) -> Iterator[str]:
    deferred: set[str] = set()
    for event in events:
        operation = event.data.get("operation")
        if event.type == "FollowUpDeferred":
            deferred.add(event.data["operation"])
        elif operation in deferred and event.type.endswith("Succeeded"):
            yield "deferred, then done"
        elif operation in deferred and event.type.endswith("Failed"):
            yield "deferred, then failed"


def _of_charges(events: list[_Event], counts: Counter[str]) -> Iterator[str]:
    asked = [event.data["gateway"] for event in events if event.type == "AttemptStarted"]
    if len(set(asked)) > 1:
        yield "failed over to another gateway"
    if len(set(asked)) > 2:
        yield "three gateways asked"
    if len(set(asked)) < len(asked):
        yield "tried again at the same gateway"
    if len(asked) == 4:
        yield "four charge tries"
    if any(one.data["owner"].startswith("api") for one in events if one.type == "AttemptRepeated"):
        yield "sent again for its client"
    failed = {one.data["code"] for one in events if one.type == "PaymentFailed"}
    if "not_completed_in_time" in failed and counts["AttemptNotSent"] == len(asked) == 1:
        yield "taken back after a 503"
    repeated: set[str] = set()
    for event in events:
        if event.type == "AttemptRepeated":
            repeated.add(event.data["key"])
        if event.type == "AttemptNotSent":
            again = event.data["key"] in repeated
            yield "a repeat not sent in time" if again else "not sent in time"
    charged = [event.data["amount"] for event in events if event.type == "AttemptSucceeded"]
    if charged and charged[0] != events[0].data["amount"]:
        yield "another amount than asked"
        if counts["RefundSucceeded"]:
            yield "refunded after another amount"
    if counts["LateSuccessObserved"]:
        yield "late success observed"
    if counts["CompensationStarted"]:
        yield "compensation"


def _of_settling(events: list[_Event]) -> Iterator[str]:
    pending: set[str] = set()
    unknown: set[str] = set()
    charges = {event.data["key"] for event in events if event.type == "AttemptStarted"}
    for event in events:
        key = event.data.get("key")
        if event.type == "AttemptPending":
            if key in pending:
                yield "another reference at each look-up"
            pending.add(str(key))
        if event.type == "OutcomeUnknown":
            unknown.add(str(key))
        evidence = event.data.get("evidence")
        if event.type == "AttemptPending" or evidence in (None, "answer", "operator"):
            pass
        elif key in charges:
            yield f"charge settled by {evidence}"
        else:
            yield f"follow-up settled by {evidence}"
        if event.type == "AttemptSucceeded" and evidence == "cancel_by_key":
            yield "cancellation beaten by capture"
        if event.type == "AttemptSucceeded" and key in pending:
            yield "pending, then captured"
        if event.type == "AttemptDeclined" and key in pending:
            yield "pending, then declined"
        if event.type in ("AttemptFailed", "AttemptDeclined") and key in unknown:
            yield "unknown, then a definite no"


def _of_take_overs(events: list[_Event]) -> Iterator[str]:
    taken: Counter[str] = Counter()
    send_before: dict[str, str] = {}
    for event in events:
        if "send_before" in event.data:
            send_before[event.data["key"]] = event.data["send_before"]
        if event.type == "AttemptTakenOver":
            taken[event.data["key"]] += 1
            yield "taken over twice" if taken[event.data["key"]] > 1 else "taken over"
            if event.data["at"] < send_before[event.data["key"]]:
                yield "taken over from a dead owner at once"


@dataclass(slots=True)
class _Seen:
    """What went by so far."""

    asked: dict[int, dict[str, Any]] = field(default_factory=dict)
    open_keys: Counter[tuple[str, str]] = field(default_factory=Counter)
    sent: dict[int, dict[str, Any]] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    waiting: dict[int, str] = field(default_factory=dict)  # owner by unanswered request
    down: bool = False
    lost: bool = False


def _of_facts(facts: list[dict[str, Any]]) -> Iterator[str]:
    seen = _Seen()
    for fact in facts:
        match fact["fact"]:
            case "crashed":
                yield f"crashed before: {fact['before']}"
                if fact["owner"] in seen.waiting.values():
                    yield "sent by an owner that died before the answer"
            case "hot_state_lost":
                seen.lost = True
            case "hot_state_down":
                seen.down = True
            case "hot_state_up":
                seen.down = False
            case "swept" if any(kind == "missing" for _, kind in fact["differences"]):
                yield "a lost row of the work list found by a sweep"
            case "hangs":
                yield "a gateway hangs for hours"
            case "rows_switched":
                yield "read models switched"
                if any(until for _, until, _ in fact["before"]["due"].values()):
                    yield "read models switched while a payment was put off"
            case "rows_read" if fact["read"] < fact["serves"]:
                yield "old read models read after the switch"
            case "asked" | "answered" | "lost":
                yield from _of_call(fact, seen)
            case "sent" | "booked" | "answer":
                yield from _of_gateway(fact, seen)


def _of_call(fact: dict[str, Any], seen: _Seen) -> Iterator[str]:
    if fact["fact"] == "asked":
        seen.asked[fact["call"]] = fact
    asked = seen.asked[fact["call"]]
    key = (asked["merchant"], str(asked["key"]))
    if fact["fact"] == "asked":
        seen.open_keys[key] += 1
        if asked["key"] is not None and seen.open_keys[key] > 1:
            yield "twins at the same time"
        return
    seen.open_keys[key] -= 1
    if fact["fact"] == "lost":
        return
    if fact["status"] >= 400:
        code = orjson.loads(fact["body"])["code"]
        yield f"answered: {code}"
        if fact["replayed"] and code in REFUSALS:
            yield "a refusal replayed"
    if fact["replayed"] and seen.down:
        yield "replayed while the hot state was down"
    if fact["replayed"] and seen.lost:
        yield "replayed after the hot state was lost"


def _of_gateway(fact: dict[str, Any], seen: _Seen) -> Iterator[str]:
    number = fact["request"]
    if fact["fact"] == "sent":
        seen.sent[number] = fact
        if "copy_of" not in fact:
            seen.waiting[number] = fact["owner"]
        return
    sent = seen.sent[number]
    if fact["fact"] == "booked":
        if fact["kind"] == "expiry":
            yield "hold lapsed at the gateway"
        if fact["result"] == "blocked" and fact["kind"] == "charge":
            yield "a request arrived at a canceled key"
        if fact["result"] == "in_flight":
            yield "a repeat met its first request in flight"
        if not fact["first"] and "copy_of" in sent:
            yield "a copy by the network found the key"
        if fact["kind"] == "cancel" and fact["result"] == "declined":
            yield "pending canceled by key"
        if fact["first"] and fact["result"] in ("captured", "authorized", "done"):
            seen.moved.add(number)
        return
    seen.waiting.pop(number, None)
    if sent["kind"] == "look_up" and fact["status"] not in (200, 404):
        yield "a look-up refused"
    if sent["kind"] == "cancel" and fact["status"] != 200:
        yield "a cancellation refused"
    if sent["kind"] == "void" and "authorization_expired" in fact["text"]:
        yield "void of a lapsed hold"
    if number in seen.moved and not fact["arrives"]:
        yield "answer lost after the money moved"
    if number in seen.moved and fact["status"] >= 500:
        yield "answer of an error after the money moved"
