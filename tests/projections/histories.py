"""Whole lives of payments, as facts, built without any decision: what projections fold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

from domain.canonical import derived_id
from domain.money import Money
from domain.payment import events as e
from domain.payment.events import PaymentEvent
from domain.payment.method import PaymentMethod

START: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SECRET: Final = "tok_never_to_be_seen"
TEN: Final = Money(1000, "EUR")


class Life:
    """Ids and times of one payment; every method makes one fact of it."""

    def __init__(self, number: int = 1, *, merchant: str = "m_1", gateway: str = "alpha") -> None:
        self.payment = derived_id("payment", number)
        self.merchant, self.gateway = merchant, gateway
        self.at = START + timedelta(seconds=number)
        self.stream = f"payment-{self.payment}"

    def key(self, name: str) -> UUID:
        return derived_id(str(self.payment), name)

    def command(self, name: e.CommandName) -> e.CommandRef:
        return e.CommandRef(
            id=self.key(f"command-{name}"), name=name, fingerprint="f" * 64, api_version="1"
        )

    def initiated(self, *, capture: e.CaptureMethod = "automatic", **changes: Any) -> PaymentEvent:
        fields: dict[str, Any] = {
            "payment": self.payment,
            "merchant": self.merchant,
            "command": self.command("create"),
            "amount": TEN,
            "capture_method": capture,
            "method": PaymentMethod(type="card", token=SECRET, brand="visa", last4="4242"),
            "customer": "cus_1",
            "description": "a book",
            "metadata": {"order": "7", "token": SECRET},
            "merchant_initiated": False,
            "complete_by": self.at + timedelta(seconds=60),
            "at": self.at,
        }
        return e.PaymentInitiated(**{**fields, **changes})

    def routed(self) -> PaymentEvent:
        candidates = (
            e.Candidate(gateway=self.gateway, score=0.9, factors={"success": 0.9}),
            e.Candidate(gateway="gone", score=0.0, factors={}, excluded="breaker_open"),
        )
        return e.RouteDecided(
            order=(self.gateway, "beta"), candidates=candidates, policy="p1", seed=7, at=self.at
        )

    def started(
        self, name: str = "c1", kind: type[e.Started] = e.AttemptStarted, **more: Any
    ) -> Any:
        fields: dict[str, Any] = {
            "operation": self.key(f"operation-{name}"),
            "number": 1,
            "key": self.key(name),
            "gateway": self.gateway,
            "account": "a_1",
            "endpoint": "https://alpha.example",
            "amount": TEN,
            "owner": "worker-1",
            "send_before": self.at + timedelta(seconds=2),
            "request_hash": "a" * 64,
            "at": self.at,
        }
        return kind(**{**fields, **more})

    def follow_up(
        self, name: str, kind: type[e.FollowUpStarted], amount: Money, **more: Any
    ) -> PaymentEvent:
        given = {"charge": "ch_1", "charge_key": self.key("c1"), "amount": amount, **more}
        started: PaymentEvent = self.started(name, kind, **given)
        return started

    def done(self, name: str, kind: type[e.OperationSucceeded], amount: Money) -> Any:
        return kind(
            operation=self.key(f"operation-{name}"),
            key=self.key(name),
            reference=f"ref_{name}",
            amount=amount,
            evidence="answer",
            at=self.at,
        )

    def failed_operation(self, name: str, kind: type[e.OperationFailed]) -> Any:
        return kind(operation=self.key(f"operation-{name}"), code="not_possible", at=self.at)

    def succeeded(self, name: str = "c1", *, captured: bool = True, **more: Any) -> PaymentEvent:
        fields: dict[str, Any] = {
            "key": self.key(name),
            "reference": "ch_1",
            "amount": TEN,
            "captured": captured,
            "evidence": "answer",
            "at": self.at,
        }
        return e.AttemptSucceeded(**{**fields, **more})

    def declined(self, name: str = "c1") -> PaymentEvent:
        return e.AttemptDeclined(
            key=self.key(name),
            code="insufficient_funds",
            network_code="51",
            message="no money",
            advice="try_again_later",
            evidence="answer",
            at=self.at,
        )

    def broke(self, name: str = "c1") -> PaymentEvent:
        return e.AttemptFailed(
            key=self.key(name),
            code="maintenance",
            message="closed",
            transient=True,
            retry_after_s=None,
            evidence="answer",
            at=self.at,
        )

    def unknown(self, name: str = "c1") -> PaymentEvent:
        return e.OutcomeUnknown(key=self.key(name), reason="timeout", at=self.at)


def captured(life: Life) -> list[PaymentEvent]:
    return [life.initiated(), life.routed(), life.started(), life.succeeded()]


def declined(life: Life) -> list[PaymentEvent]:
    end = e.PaymentFailed(code="card_declined", retryable=True, at=life.at)
    return [life.initiated(), life.routed(), life.started(), life.declined(), end]


def failed_over(life: Life) -> list[PaymentEvent]:
    second = life.started("c2", number=2, gateway="beta")
    begin = [life.initiated(), life.routed(), life.started(), life.broke()]
    return [*begin, second, life.succeeded("c2")]


def verified_later(life: Life) -> list[PaymentEvent]:
    taken = e.AttemptTakenOver(key=life.key("c1"), owner="worker-2", at=life.at)
    looked = e.LookUpAnswered(key=life.key("c1"), answer="pending", at=life.at)
    begin = [life.initiated(), life.routed(), life.started(), life.unknown()]
    return [*begin, taken, looked, life.succeeded(evidence="look_up")]


def captured_in_parts(life: Life) -> list[PaymentEvent]:
    four, three = Money(400, "EUR"), Money(300, "EUR")
    return [
        life.initiated(capture="manual"),
        life.routed(),
        life.started(),
        life.succeeded(captured=False),
        life.follow_up("k1", e.CaptureStarted, four, command=life.command("capture")),
        life.done("k1", e.CaptureSucceeded, four),
        life.follow_up("v1", e.VoidStarted, three),
        life.broke("v1"),
        life.failed_operation("v1", e.VoidFailed),
        life.follow_up("r1", e.RefundStarted, three, command=life.command("refund"), reason="lost"),
        life.unknown("r1"),
        life.done("r1", e.RefundSucceeded, three),
    ]


def canceled_late(life: Life) -> list[PaymentEvent]:
    """Given up, and then the charge turned out to stand: it is given back."""
    cancel = e.CancelRequested(command=life.command("cancel"), at=life.at)
    late = e.LateSuccessObserved(
        key=life.key("c1"),
        reference="ch_1",
        amount=TEN,
        captured=True,
        evidence="late_answer",
        at=life.at,
    )
    return [
        life.initiated(),
        life.routed(),
        life.started(),
        cancel,
        life.broke(),
        e.PaymentCanceled(at=life.at),
        late,
        life.follow_up("x1", e.CompensationStarted, TEN, means="refund"),
        life.done("x1", e.CompensationSucceeded, TEN),
        e.CommandRefused(
            command=life.command("refund"), code="not_refundable", detail="canceled", at=life.at
        ),
    ]


History: TypeAlias = Callable[[Life], list[PaymentEvent]]

LIVES: Final[tuple[History, ...]] = (
    captured, declined, failed_over, verified_later, captured_in_parts, canceled_late,
)  # fmt: skip
