"""One payment in a story: what is asked, recorded, sent, booked and answered, step by step.

Defaults make an ordinary step short; every member can be overridden to tell something odd.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.histories.asking import Asking
from tests.simulation.histories.story import STEP_S, Story, moment, named


@dataclass(slots=True)
class Request:
    """Bytes on their way to a gateway."""

    tale: Tale
    number: int
    kind: str
    key: str
    gateway: str
    amount: int

    def booked(self, result: str, *, first: bool = True, **other: Any) -> Request:
        """`charge`: by default the charge of the try's key or of the operation."""
        self.tale.story.note(
            "booked",
            **{
                "request": self.number,
                "gateway": self.gateway,
                "account": f"acct_{self.gateway}",
                "key": self.key,
                "kind": self.kind,
                "charge": self.tale.references.get(self.key, f"ch_{self.key[:8]}"),
                "result": result,
                "amount": self.amount,
                "currency": self.tale.currency,
                "first": first,
                **other,
            },
        )
        return self

    def replied(self, *, arrives: bool = True, status: int = 200) -> Request:
        self.tale.story.note(
            "answer", request=self.number, status=status, text="{}", arrives=arrives
        )
        return self


@dataclass(slots=True)
class Try:
    """One key: of a charge, a capture, a void or a refund."""

    tale: Tale
    kind: str
    operation: str
    number: int
    key: str
    gateway: str
    owner: str
    amount: int

    def sent(self, *, kind: str | None = None, **other: Any) -> Request:
        """The try's own request, or a `look_up` or `cancel` of its key."""
        story, what = self.tale.story, kind or self.kind
        story.requests += 1
        owner = other.pop("owner", self.owner)
        body = {"key": self.key, "amount": self.amount}
        if self.kind == "charge":
            body |= {
                "currency": self.tale.currency,
                "payment_id": self.tale.id,
                "capture": self.tale.capture == "automatic",
            }
        epoch = 1_772_366_400.0  # story.EPOCH
        story.note(
            "sent",
            **{
                "request": story.requests,
                "owner": owner,
                "process": owner.split("-")[0],
                "owner_clock": epoch + story.clock(owner) + STEP_S,
                "gateway": self.gateway,
                "account": f"acct_{self.gateway}",
                "endpoint": f"https://{self.gateway}.example",
                "kind": what,
                "key": self.key,
                "payload": f"/v1/{what}\n{json.dumps(body)}",
                **other,
            },
        )
        return Request(self.tale, story.requests, what, self.key, self.gateway, self.amount)

    def tells(self, kind: str, **data: Any) -> None:
        """A fact about this try, in its stream."""
        self.tale.stored(kind, key=self.key, **data)

    def repeated(self, owner: str | None = None) -> None:
        self.owner = owner or self.owner
        clock = self.tale.story.clock(self.owner)
        self.tells("AttemptRepeated", owner=self.owner, send_before=moment(clock + 2.0))

    def taken_over(self, owner: str) -> None:
        self.owner = owner
        self.tells("AttemptTakenOver", owner=owner)

    def succeeded(self, evidence: str = "answer", **other: Any) -> None:
        """The charge stands, or the operation is done."""
        amount = {"amount": other.pop("amount", self.amount), "currency": self.tale.currency}
        told = {"reference": "ref", "amount": amount, "evidence": evidence}
        if self.kind == "charge":
            told["captured"] = other.pop("captured", self.tale.capture == "automatic")
            kind = other.pop("kind", "AttemptSucceeded")
        else:
            told["operation"] = self.operation
            kind = other.pop("kind", f"{self.kind.capitalize()}Succeeded")
        self.tells(kind, **told, **other)

    def failed(self, evidence: str = "answer", code: str = "unavailable") -> None:
        self.tells(
            "AttemptFailed", code=code, message="", transient=True, retry_after_s=None,
            evidence=evidence,
        )  # fmt: skip

    def declined(self, evidence: str = "answer") -> None:
        self.tells(
            "AttemptDeclined", code="do_not_honor", network_code=None, message="",
            advice="do_not_try_again", evidence=evidence,
        )  # fmt: skip

    def unknown(self) -> None:
        self.tells("OutcomeUnknown", reason="no answer in time")


@dataclass(slots=True)
class Tale:
    """A payment. `name` tells tales of one story apart."""

    story: Story
    name: str = "order-1"
    merchant: str = "mer_one"
    amount: int = 1_000
    currency: str = "EUR"
    capture: str = "automatic"
    initiated_by_merchant: bool = False
    id: str = ""
    tries: int = 0
    references: dict[str, str] = field(default_factory=dict)  # charge by an operation's key

    def __post_init__(self) -> None:
        self.id = self.id or named("payment", self.merchant, self.name)

    # The clients.

    def asks(self, verb: str = "create", *, process: str = "api", **other: Any) -> Asking:
        story = self.story
        story.calls += 1
        body = {"amount": self.amount, "currency": self.currency, "capture_method": self.capture}
        story.note(
            "asked",
            **{
                "call": story.calls,
                "merchant": self.merchant,
                "verb": verb,
                "payment": None if verb == "create" else self.id,
                "key": None if verb == "get" else self.name,
                "body": body if verb == "create" else {},
                "process": process,
                **other,
            },
        )
        return Asking(story, story.calls)

    def shows(self, status: str, **other: Any) -> dict[str, Any]:
        """The payment as it is told now; what was told last is what is read in the end."""
        events = self.story.of(self.id)
        starts = [one for one in events if one["type"] == "AttemptStarted"]
        view = {
            "id": f"pay_{self.id.replace('-', '')}",
            "object": "payment",
            "status": status,
            "amount": self.amount,
            "currency": self.currency,
            "amount_authorized": 0,
            "amount_captured": 0,
            "amount_refunded": 0,
            "gateway": json.loads(starts[-1]["data"])["gateway"] if starts else None,
            "attempts": len(starts),
            "cancel_requested": False,
            "needs_review": False,
            "failure": None,
            "refunds": [],
            "revision": events[-1]["revision"],
            **other,
        }
        self.story.views[self.id] = {**view, "merchant": self.merchant}
        return view

    def shows_failed(self, code: str = "declined") -> dict[str, Any]:
        """The problem document of a create that came to nothing."""
        self.shows("failed", failure={"code": code})
        payment = f"pay_{self.id.replace('-', '')}"
        return {"status": 402, "code": code, "payment": payment, "decline": None}

    # The stream.

    def stored(self, kind: str, **data: Any) -> dict[str, Any]:
        owner = data.get("owner", "api-1")
        data.setdefault("at", moment(self.story.clock(owner)))
        return self.story.store(f"payment-{self.id}", kind, data, merchant=self.merchant)

    def command(self, name: str, key: str | None = None) -> dict[str, Any]:
        known = self.id if name == "create" else named("command", self.id, name, key or self.name)
        return {"id": known, "name": name, "fingerprint": "f" * 64, "api_version": "2026-11-01"}

    def initiated(self, **other: Any) -> None:
        self.stored(
            "PaymentInitiated",
            **{
                "payment": self.id,
                "merchant": self.merchant,
                "command": self.command("create"),
                "amount": {"amount": self.amount, "currency": self.currency},
                "capture_method": self.capture,
                "customer": None,
                "merchant_initiated": self.initiated_by_merchant,
                "complete_by": moment(self.story.now + 60.0),
                **other,
            },
        )
        self.stored("RouteDecided", order=["alpha", "beta"], candidates=[], policy="", seed=1)

    def started(self, gateway: str = "alpha", *, owner: str = "api-1", **other: Any) -> Try:
        """The next try of the charge."""
        self.tries += 1
        return self.tried("charge", named("charge", self.id), self.tries, gateway, owner, **other)

    def begins(self, gateway: str = "alpha", **other: Any) -> Try:
        """What a create appends first."""
        self.initiated()
        return self.started(gateway, **other)

    def operates(self, kind: str, of: Try, amount: int | None = None, **other: Any) -> Try:
        """A capture, void or refund of the charge `of`; `key`: the client's, `means`: makes it a
        compensation, `operation` and `number`: another try of the same."""
        command, means = other.pop("command", None), other.pop("means", None)
        operation = other.pop("operation", None) or (
            command["id"] if command else named(kind, self.id, of.key, self.story.now)
        )
        told = {"charge": f"ch_{of.key[:8]}", "charge_key": of.key, "command": command}
        if means:
            told["means"] = means
        return self.tried(
            means or kind, operation, other.pop("number", 1), of.gateway,
            other.pop("owner", "api-1"), amount=self.amount if amount is None else amount,
            event="CompensationStarted" if means else f"{kind.capitalize()}Started",
            of=of, **told | other,
        )  # fmt: skip

    def tried(
        self, kind: str, operation: str, number: int, gateway: str, owner: str, **other: Any
    ) -> Try:
        of: Try | None = other.pop("of", None)
        amount: int = other.pop("amount", self.amount)
        key = other.pop("key", named("key", self.id, operation, number))
        if of is not None:
            self.references[key] = self.references.get(of.key, f"ch_{of.key[:8]}")
        self.stored(
            other.pop("event", "AttemptStarted"),
            **{
                "operation": operation,
                "number": number,
                "key": key,
                "gateway": gateway,
                "account": f"acct_{gateway}",
                "endpoint": f"https://{gateway}.example",
                "amount": {"amount": amount, "currency": self.currency},
                "owner": owner,
                "send_before": moment(self.story.clock(owner) + 2.0),
                "request_hash": "a" * 64,
                **other,
            },
        )
        return Try(self, kind, operation, number, key, gateway, owner, amount)
