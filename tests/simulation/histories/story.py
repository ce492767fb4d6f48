"""A small language to write histories by hand: every step is one line, and takes a moment.

Nothing is checked and nothing is derived from what a payment should do: a story may lie, and the
bad ones do. Standard library only, so that the oracle is not tested by the system's own code.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("00000000-0000-4000-8000-00000000feed")
EPOCH: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
STEP_S: Final = 0.01
SETTINGS: Final = {
    "budget_s": 9.0, "send_window_s": 2.0, "answer_window_s": 30.0, "clock_skew_s": 5.0,
    "complete_by_s": 60.0, "tries_max": 4, "refusals_max": 100, "review_after_s": 900.0,
    "clock_epoch": "2026-03-01T12:00:00Z",
}  # fmt: skip
GATEWAY: Final = {
    "key_lifetime_s": 86_400.0, "look_up": True, "cancel_by_key": True, "absence_is_final": True,
    "lateness_s": 60.0, "several_captures": True, "authorization_lifetime_s": 604_800.0,
}  # fmt: skip


def named(*parts: Any) -> str:
    """A UUID that stands for these parts."""
    return str(uuid5(NAMESPACE, "/".join(str(one) for one in parts)))


def moment(at: float) -> str:
    return (EPOCH + timedelta(seconds=at)).isoformat(timespec="microseconds")


@dataclass(slots=True)
class Story:
    """`skews`: how far the clock of each owner is ahead, in seconds."""

    now: float = 0.0
    gateways: dict[str, dict[str, Any]] = field(default_factory=dict)
    skews: dict[str, float] = field(default_factory=dict)
    facts: list[dict[str, Any]] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)  # by payment: as told last
    digests: dict[str, str] = field(default_factory=dict)  # by stream: of its last event
    faults_end_s: float | None = None
    calls: int = 0
    requests: int = 0

    def __post_init__(self) -> None:
        for name in ("alpha", "beta"):
            self.gateway(name)

    def gateway(self, name: str, **other: Any) -> None:
        place = {"account": f"acct_{name}", "endpoint": f"https://{name}.example"}
        self.gateways[name] = {**place, **GATEWAY, **other}

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def note(self, fact: str, **members: Any) -> dict[str, Any]:
        """A witness writes something down."""
        self.now += STEP_S
        written = {"at": self.now, "fact": fact, **members}
        self.facts.append(written)
        return written

    def clock(self, owner: str) -> float:
        """What the owner's wall clock shows, in seconds since EPOCH."""
        return self.now + self.skews.get(owner, 0.0)

    def store(self, stream: str, kind: str, data: dict[str, Any], **meta: Any) -> dict[str, Any]:
        """An event comes into the log, with its place in the chain."""
        self.now += STEP_S
        revision = sum(1 for one in self.log if one["stream"] == stream)
        previous = self.digests.get(stream, "0" * 64)
        metadata = {"version": 1, "recover_after": None, **meta, "previous": previous}
        event = {
            "position": 10 + 2 * len(self.log),
            "stream": stream,
            "revision": revision,
            "id": named("event", len(self.log)),
            "type": kind,
            "data": json.dumps(data),
            "metadata": json.dumps(metadata),
            "at": self.now,
        }
        self.log.append(event)
        self.digests[stream] = digest(event)
        return event

    def calm(self, seconds: float = 3_000.0) -> None:
        """The faults are over, and what was late has landed."""
        self.faults_end_s = self.now
        self.wait(seconds)

    def history(self) -> dict[str, Any]:
        """Adds what is read in the end. Call it once."""
        if self.faults_end_s is None:
            self.calm()
        for view in list(self.views.values()):
            self._read(view)
        return {
            "seed": 0,
            "planted": None,
            "settings": dict(SETTINGS),
            "gateways": self.gateways,
            "facts": self.facts,
            "log": self.log,
            "rows": {
                "payment_status": [self._row(view) for view in self.views.values()],
                "recovery": [],
                "payment_timeline": [_line(one) for one in self.log],
            },
            "faults_end_s": self.faults_end_s,
            "end_s": self.now + 1.0,
        }

    def _read(self, view: dict[str, Any]) -> None:
        self.calls += 1
        events = self.of(view["id"])
        view["revision"] = events[-1]["revision"]
        self.note(
            "asked", call=self.calls, merchant=view["merchant"], verb="get", payment=view["id"],
            key=None, body=None, process="api",
        )  # fmt: skip
        self.note(
            "answered", call=self.calls, status=200, body=json.dumps(told(view)), replayed=False,
            position=events[-1]["position"],
        )  # fmt: skip

    def of(self, payment: str) -> list[dict[str, Any]]:
        return [one for one in self.log if one["stream"] == f"payment-{plain(payment)}"]

    def _row(self, view: dict[str, Any]) -> dict[str, Any]:
        events = self.of(view["id"])
        names = ("merchant", "status", "amount", "currency", "amount_captured", "amount_refunded")
        return {name: view[name] for name in (*names, "gateway")} | {
            "id": plain(view["id"]),
            "customer": None,
            "created_at": json.loads(events[0]["data"])["at"],
            "updated_at": json.loads(events[-1]["data"])["at"],
            "revision": events[-1]["revision"],
            "created_position": events[0]["position"],
            "position": events[-1]["position"],
            "view": told(view),
        }


def plain(payment: str) -> str:
    """pay_<hex> as the UUID that it is."""
    return str(UUID(payment.removeprefix("pay_")))


def told(view: dict[str, Any]) -> dict[str, Any]:
    """Without what clients do not see."""
    return {name: value for name, value in view.items() if name != "merchant"}


def digest(event: dict[str, Any]) -> str:
    """docs/hash-chain.md."""
    names = ("stream", "revision", "id", "type", "data", "metadata")
    parts = [str(event[name]).encode() for name in names]
    return sha256(b"".join(len(one).to_bytes(8, "big") + one for one in parts)).hexdigest()


def rechain(history: dict[str, Any]) -> None:
    """Makes every chain whole again after events were changed or moved."""
    last: dict[str, str] = {}
    for event in history["log"]:
        metadata = json.loads(event["metadata"])
        metadata["previous"] = last.get(event["stream"], "0" * 64)
        event["metadata"] = json.dumps(metadata)
        last[event["stream"]] = digest(event)


def _line(event: dict[str, Any]) -> dict[str, Any]:
    names = ("revision", "type", "position")
    return {name: event[name] for name in names} | {
        "payment": event["stream"].removeprefix("payment-")
    }
