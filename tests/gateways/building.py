"""Requests and timings for tests of gateways."""

from datetime import timedelta
from uuid import UUID, uuid4

from adapters.clocks import elapsed, utc_now
from application.ports.gateways import (
    ChargeRequest,
    Gateway,
    LateAnswer,
    OperationRequest,
    Timing,
)
from domain.gateway.answers import Answer
from domain.money import Money
from domain.payment.method import PaymentMethod

PATIENCE_S = 20.0


def charge_request(
    token: str = "tok_ok",
    *,
    amount: int = 5_000,
    currency: str = "INR",
    capture: bool = True,
    key: UUID | None = None,
    payment: UUID | None = None,
) -> ChargeRequest:
    return ChargeRequest(
        key=key or uuid4(),
        payment=payment or uuid4(),
        amount=Money(amount, currency),
        method=PaymentMethod(type="card", token=token, bank="HDFC"),
        capture=capture,
    )


def operation_request(
    kind: str, charge: str, amount: int, *, currency: str = "INR", key: UUID | None = None
) -> OperationRequest:
    return OperationRequest(
        key=key or uuid4(), kind=kind, charge=charge, amount=Money(amount, currency)
    )


def timing(
    *,
    send_before_s: float = PATIENCE_S,
    answer_within_s: float = PATIENCE_S,
    late_answer_within_s: float = PATIENCE_S,
    not_after_s: float = PATIENCE_S,
) -> Timing:
    return Timing(
        send_before=elapsed() + send_before_s,
        not_after=utc_now() + timedelta(seconds=not_after_s),
        answer_within_s=answer_within_s,
        late_answer_within_s=late_answer_within_s,
    )


async def never_late(answer: Answer) -> None:
    raise AssertionError(f"nobody waits for a late answer here: {answer}")


async def ask(
    gateway: Gateway,
    request: ChargeRequest | OperationRequest,
    *,
    when: Timing | None = None,
    late: LateAnswer = never_late,
) -> Answer:
    """Prepares and sends."""
    return await gateway.send(gateway.prepare(request), timing=when or timing(), late=late)
