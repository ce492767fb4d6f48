"""Reads a history once and indexes it for all checks. Judges nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from tests.simulation.oracle.fold import Payment
from tests.simulation.oracle.gateway_books import Books, read_books
from tests.simulation.oracle.interim import mark_interim
from tests.simulation.oracle.records import (
    Attempt,
    Booking,
    Call,
    Event,
    Reply,
    Send,
    plain_id,
)
from tests.simulation.oracle.sums import FROZEN, frozen_in, view
from tests.simulation.oracle.times import posix

PAYMENT = "payment-"
FIRST = "PaymentInitiated"
MONEY = frozenset(("charge", "capture", "void", "refund"))


@dataclass(slots=True)
class Case:
    """One history. Everything by plain ids; lists in true-time order."""

    history: dict[str, Any]
    settings: dict[str, Any]
    gateways: dict[str, dict[str, Any]]
    epoch: float  # POSIX seconds of t = 0
    events: list[Event]
    streams: dict[str, list[Event]]
    payments: dict[str, Payment]
    attempts: dict[str, Attempt]  # by key
    sends: list[Send]
    requests: dict[int, Send]
    sent: dict[str, list[Send]]  # by key: what the system sent to move money
    bookings: list[Booking]
    books: Books
    replies: dict[int, Reply]
    calls: list[Call]
    groups: dict[tuple[str, str, str, str], list[Call]]  # merchant, verb, payment or "", key
    creators: dict[str, list[tuple[str, str, str, str]]]  # by payment: the creates answered with it
    crashed: dict[str, float]  # by owner
    noticed: dict[tuple[str, str], float]  # by process and payment: its first notice from a gateway
    frozen: list[tuple[str, float, float]]  # process, from when, until when
    gaps: list[str]  # what is odd about the diaries

    @property
    def calm_s(self) -> float:
        return float(self.history["end_s"]) - float(self.history["faults_end_s"])

    def payment_of(self, send: Send) -> str | None:
        """By the stream's record of the key, else by what the bytes say."""
        attempt = self.attempts.get(send.key)
        if attempt is not None:
            return attempt.payment
        said = body_of(send.payload).get("payment_id")
        if isinstance(said, str):
            return plain_id(said)
        flat = send.payload.replace("-", "").lower()
        return next((one for one in self.payments if one in flat), None)


def read_case(history: dict[str, Any]) -> Case:
    """Raises KeyError, ValueError, TypeError for what is no history."""
    settings = history["settings"]
    epoch = posix(settings["clock_epoch"])
    events = [_event(one) for one in history["log"]]
    streams: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        streams[event.stream].append(event)
    reader = _Reader(epoch)
    for fact in history["facts"]:
        reader.read(fact)
    payments = _payments(streams, epoch, reader.calls.values())
    mark_interim(payments, reader.calls.values())
    attempts = {key: one for each in payments.values() for key, one in each.attempts.items()}
    groups, creators = _groups(reader.calls.values())
    return Case(
        history=history,
        settings=settings,
        gateways=history["gateways"],
        epoch=epoch,
        events=events,
        streams=streams,
        payments=payments,
        attempts=attempts,
        sends=reader.sends,
        requests={one.request: one for one in reader.sends},
        sent=reader.sent,
        bookings=reader.bookings,
        books=read_books(reader.bookings),
        replies=reader.replies,
        calls=list(reader.calls.values()),
        groups=groups,
        creators=creators,
        crashed=reader.crashed,
        noticed=reader.noticed,
        frozen=reader.frozen,
        gaps=reader.gaps,
    )


def body_of(payload: str) -> dict[str, Any]:
    """The JSON object at the end of what was sent; {} for none."""
    return parsed(payload[payload.find("{") :]) if "{" in payload else {}


def parsed(text: str) -> dict[str, Any]:
    """A JSON object; {} for anything else."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


class _Reader:
    """Sorts the witnesses' facts."""

    def __init__(self, epoch: float) -> None:
        self._epoch = epoch
        self.calls: dict[int, Call] = {}
        self.sends: list[Send] = []
        self.sent: dict[str, list[Send]] = defaultdict(list)
        self.bookings: list[Booking] = []
        self.replies: dict[int, Reply] = {}
        self.crashed: dict[str, float] = {}
        self.noticed: dict[tuple[str, str], float] = {}
        self.frozen: list[tuple[str, float, float]] = []
        self.gaps: list[str] = []
        self._last = float("-inf")

    def read(self, fact: dict[str, Any]) -> None:
        kind = fact["fact"]
        if fact["at"] < self._last:
            self.gaps.append(f"{kind} at {fact['at']:.3f} is out of order")
        self._last = fact["at"]
        if kind == "sent":
            send = _send(fact, self._epoch)
            self.sends.append(send)
            if send.copy_of is None and send.kind in MONEY:
                self.sent[send.key].append(send)
        elif kind == "booked":
            self.bookings.append(_booking(fact))
        elif kind == "answer":
            self.replies[fact["request"]] = Reply(
                status=fact["status"], arrives=fact["arrives"], at=fact["at"], text=fact["text"]
            )
        elif kind == "asked":
            if fact["call"] in self.calls:
                self.gaps.append(f"call {fact['call']} was asked twice")
            self.calls[fact["call"]] = _call(fact)
        elif kind in ("answered", "lost"):
            self._ended(kind, fact)
        elif kind == "crashed":
            self.crashed[fact["owner"]] = fact["at"]
        elif kind == "froze":
            self.frozen.append((fact["process"], fact["at"], fact["until"]))
        elif kind == "noticed":
            self.noticed.setdefault((fact["process"], plain_id(fact["payment"])), fact["at"])

    def _ended(self, kind: str, fact: dict[str, Any]) -> None:
        call = self.calls.get(fact["call"])
        if call is None or call.ended_at < float("inf"):
            self.gaps.append(f"call {fact['call']} was {kind}, but is not open")
            return
        call.ended_at = fact["at"]
        if kind == "lost":
            return
        call.status, call.text = fact["status"], fact["body"]
        call.view = parsed(call.text)
        call.replayed, call.position = fact["replayed"], fact["position"]


def _event(entry: dict[str, Any]) -> Event:
    data, meta = entry["data"], entry["metadata"]
    return Event(
        position=entry["position"],
        stream=entry["stream"],
        revision=entry["revision"],
        id=entry["id"],
        type=entry["type"],
        data=json.loads(data),
        meta=json.loads(meta),
        raw=(data, meta),
        at=entry["at"],
    )


def _send(fact: dict[str, Any], epoch: float) -> Send:
    return Send(
        request=fact["request"],
        owner=fact["owner"],
        process=fact["process"],
        owner_clock=fact["owner_clock"] - epoch,
        gateway=fact["gateway"],
        account=fact["account"],
        endpoint=fact["endpoint"],
        kind=fact["kind"],
        key=plain_id(fact["key"]),
        payload=fact["payload"],
        copy_of=fact.get("copy_of"),
        at=fact["at"],
    )


def _booking(fact: dict[str, Any]) -> Booking:
    return Booking(
        request=fact["request"],
        gateway=fact["gateway"],
        key=plain_id(fact["key"]),
        kind=fact["kind"],
        charge=fact["charge"],
        result=fact["result"],
        amount=fact["amount"] or 0,
        currency=fact["currency"],
        first=fact["first"],
        at=fact["at"],
    )


def _call(fact: dict[str, Any]) -> Call:
    payment = fact["payment"]
    return Call(
        call=fact["call"],
        merchant=fact["merchant"],
        verb=fact["verb"],
        payment=plain_id(payment) if payment else None,
        key=fact["key"],
        body=fact["body"],
        process=fact["process"],
        asked_at=fact["at"],
    )


def _payments(streams: dict[str, list[Event]], epoch: float, calls: Any) -> dict[str, Payment]:
    """Folds every payment stream, keeping the views at the revisions that answers name."""
    told: dict[str, set[int]] = defaultdict(set)
    for call in calls:
        revision = call.view.get("revision")
        if isinstance(revision, int):
            told[plain_id(str(call.view.get("id", "")))].add(revision)
    payments = {}
    for stream, events in streams.items():
        if not stream.startswith(PAYMENT) or events[0].type != FIRST:
            continue  # streams.py tells of a stream without a beginning
        payment = Payment(plain_id(stream.removeprefix(PAYMENT)), epoch)
        wanted = told[payment.id]
        for event in events:
            payment.step(event)
            if event.revision in wanted:
                payment.views[event.revision] = view(payment)
                payment.frozen[event.revision] = {one: frozen_in(one, payment) for one in FROZEN}
        payments[payment.id] = payment
    return payments


def _groups(calls: Any) -> tuple[dict[Any, list[Call]], dict[str, list[Any]]]:
    groups: dict[Any, list[Call]] = defaultdict(list)
    creators: dict[str, list[Any]] = defaultdict(list)
    for call in calls:
        if call.verb == "get" or call.key is None:
            continue
        group = (call.merchant, call.verb, call.payment or "", call.key)
        groups[group].append(call)
        if call.verb == "create" and call.tells and call.status not in (409, 422):
            said = call.view.get("payment") or call.view.get("id")
            if said and group not in creators[plain_id(str(said))]:
                creators[plain_id(str(said))].append(group)
    return groups, creators
