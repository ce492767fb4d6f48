"""Facts of one payment, short to write: EUR 10.00, one charge key per number, seconds after T0.

Knows the shapes of facts and nothing of decisions.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.canonical import derived_id
from domain.money import Money
from domain.payment import events as e
from domain.payment.decisions.sender import attempt_key, charge_operation
from domain.payment.method import PaymentMethod

T0: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
TEN: Final = Money(1000, "EUR")
PAYMENT: Final = derived_id("payment of the domain tests")
ALPHA, BETA = "alpha", "beta"
OWNER: Final = "api-1"


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def ref(name: e.CommandName = "create", number: int = 1) -> e.CommandRef:
    return e.CommandRef(
        id=operation(f"{name}-{number}"), name=name, fingerprint="f" * 64, api_version="2026-11-01"
    )


def operation(name: str) -> UUID:
    return derived_id(str(PAYMENT), name)


def key(number: int = 1) -> UUID:
    """Of the charge's try with this number."""
    return attempt_key(PAYMENT, charge_operation(PAYMENT), number)


def initiated(**changes: Any) -> e.PaymentInitiated:
    fields: dict[str, Any] = {
        "payment": PAYMENT,
        "merchant": "m_1",
        "command": ref(),
        "amount": TEN,
        "capture_method": "automatic",
        "method": PaymentMethod(type="card", token="tok_1", brand="visa", last4="4242"),
        "customer": "cus_1",
        "description": "a book",
        "metadata": {"order": "7"},
        "merchant_initiated": False,
        "complete_by": at(60),
        "at": T0,
    }
    return e.PaymentInitiated(**{**fields, **changes})


def routed(*order: str) -> e.RouteDecided:
    names = order or (ALPHA, BETA)
    candidates = tuple(e.Candidate(gateway=one, score=0.9, factors={}) for one in names)
    return e.RouteDecided(order=names, candidates=candidates, policy="p", seed=0, at=T0)


def _started(kind: type[Any], **fields: Any) -> Any:
    common: dict[str, Any] = {
        "number": 1,
        "gateway": ALPHA,
        "account": "a_1",
        "endpoint": "https://alpha.example",
        "amount": TEN,
        "owner": OWNER,
        "send_before": at(2),
        "request_hash": "a" * 64,
        "at": T0,
    }
    return kind(**{**common, **fields})


def asked(number: int = 1, gateway: str = ALPHA, **changes: Any) -> e.AttemptStarted:
    fields = {"operation": charge_operation(PAYMENT), "number": number, "key": key(number)}
    started: e.AttemptStarted = _started(
        e.AttemptStarted, **{**fields, "gateway": gateway, **changes}
    )
    return started


def begun(kind: type[Any], name: str, amount: Money = TEN, number: int = 1, **more: Any) -> Any:
    """CaptureStarted, VoidStarted, ... on the charge under key(1); `name` names the operation."""
    fields: dict[str, Any] = {
        "operation": operation(name),
        "number": number,
        "key": attempt_key(PAYMENT, operation(name), number),
        "amount": amount,
        "charge": "ch_1",
        "charge_key": key(),
    }
    return _started(kind, **{**fields, **more})


def done(kind: type[Any], name: str, amount: Money = TEN, number: int = 1, **more: Any) -> Any:
    """CaptureSucceeded, VoidSucceeded, ..."""
    fields: dict[str, Any] = {
        "operation": operation(name),
        "key": attempt_key(PAYMENT, operation(name), number),
        "reference": f"op_{name}",
        "amount": amount,
        "evidence": "answer",
        "at": at(1),
    }
    return kind(**{**fields, **more})


def charged(number: int = 1, amount: Money = TEN, *, captured: bool = True) -> e.AttemptSucceeded:
    return e.AttemptSucceeded(
        key=key(number), reference=f"ch_{number}", amount=amount, captured=captured,
        evidence="answer", at=at(1),
    )  # fmt: skip


def held(number: int = 1, amount: Money = TEN) -> e.AttemptSucceeded:
    return charged(number, amount, captured=False)


def late(number: int = 1, amount: Money = TEN, *, captured: bool = True) -> e.LateSuccessObserved:
    return e.LateSuccessObserved(
        key=key(number), reference=f"ch_{number}", amount=amount, captured=captured,
        evidence="late_answer", at=at(20),
    )  # fmt: skip


def declined(number: int = 1, advice: str = "do_not_try_again") -> e.AttemptDeclined:
    return e.AttemptDeclined(
        key=key(number), code="do_not_honor", network_code="05", message="no", advice=advice,
        evidence="answer", at=at(1),
    )  # fmt: skip


def failed(
    number: int = 1, *, transient: bool = True, retry_after_s: float | None = None
) -> e.AttemptFailed:
    return e.AttemptFailed(
        key=key(number), code="unavailable", message="", transient=transient,
        retry_after_s=retry_after_s, evidence="answer", at=at(1),
    )  # fmt: skip


def silent(number: int = 1, of: UUID | None = None) -> e.OutcomeUnknown:
    return e.OutcomeUnknown(key=of or key(number), reason="no answer in time", at=at(9))


def taken_over(owner: str = "worker-2", of: UUID | None = None) -> e.AttemptTakenOver:
    return e.AttemptTakenOver(key=of or key(), owner=owner, at=at(37))


def repeated(owner: str = OWNER, of: UUID | None = None) -> e.AttemptRepeated:
    return e.AttemptRepeated(key=of or key(), owner=owner, send_before=at(42), at=at(40))


def not_sent(of: UUID | None = None) -> e.AttemptNotSent:
    return e.AttemptNotSent(key=of or key(), at=at(3))


def pending(of: UUID | None = None) -> e.AttemptPending:
    return e.AttemptPending(key=of or key(), reference="ch_1", evidence="answer", at=at(1))


def moved_beside(
    means: e.Means,
    amount: Money = TEN,
    source: e.MovementSource = "look_up",
    of: UUID | None = None,
) -> e.ForeignMovementObserved:
    return e.ForeignMovementObserved(
        charge_key=of or key(), means=means, amount=amount, reference="ch_1", source=source,
        at=at(30),
    )  # fmt: skip


def undone(kind: type[Any], of: UUID, amount: Money = TEN, **more: Any) -> Any:
    """CaptureReversed, RefundReversed of what the try under this key had done."""
    fields: dict[str, Any] = {"reference": "re_1", "evidence": "look_up", "at": at(40)}
    return kind(**{**fields, "key": of, "amount": amount, **more})


def cancel_requested(number: int = 1) -> e.CancelRequested:
    return e.CancelRequested(command=ref("cancel", number), at=at(5))


def word(outcome: e.ReviewOutcome = "charged", **changes: Any) -> e.OperatorsWord:
    fields: dict[str, Any] = {
        "operator": "anna",
        "outcome": outcome,
        "reason": "seen on their page",
        "evidence": "ticket 7",
        "reference": "ch_1",
        "amount": TEN,
        "captured": True,
    }
    return e.OperatorsWord(**{**fields, **changes})


def resolved(
    outcome: e.ReviewOutcome = "charged", *, number: int = 1, **more: Any
) -> e.ReviewResolved:
    fields: dict[str, Any] = {
        "command": ref("resolve", 100 + number),
        "key": key(),
        "review": "r",
        "word": word(outcome),
        "first": "zoe",
        "confirmed": False,
        "at": at(91),
    }
    return e.ReviewResolved(**{**fields, **more})


OPENED: Final = (initiated(), routed())
CHARGED: Final = (*OPENED, asked(), charged())
HELD: Final = (initiated(capture_method="manual"), routed(), asked(), held())
UNKNOWN: Final = (*OPENED, asked(), silent())
