"""The tries of an operation on a charge that stands. Whether it may begin is decided elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeAlias, TypeVar
from uuid import UUID

from domain.money import Money
from domain.payment.attempt import Hold, Operation
from domain.payment.decisions.sender import FollowUp, Sender, attempt_key
from domain.payment.events import (
    CaptureStarted,
    CompensationStarted,
    FollowUpStarted,
    RefundStarted,
    VoidStarted,
)
from domain.payment.kept import held, standing_charge, to_take_back
from domain.payment.state import Facts

FollowUpEvent: TypeAlias = CaptureStarted | VoidStarted | RefundStarted | CompensationStarted
FollowUpKind = TypeVar("FollowUpKind", bound=FollowUpStarted)


def begin(
    fact: type[FollowUpKind],
    facts: Facts,
    hold: Hold,
    asked_for: str,
    amount: Money,
    operation: UUID,
    sender: Sender,
    **more: Any,
) -> FollowUpKind:
    """The first try of an operation on a charge that stands."""
    key = attempt_key(facts.intent.payment, operation, 1)
    return fact(
        operation=operation,
        number=1,
        key=key,
        gateway=hold.gateway,
        account=hold.account,
        endpoint=hold.endpoint,
        amount=amount,
        owner=sender.owner,
        send_before=sender.send_before,
        request_hash=sender.digest(FollowUp(hold=hold, means=asked_for, key=key, amount=amount)),
        at=sender.now,
        charge=hold.reference,
        charge_key=hold.key,
        **more,
    )


def try_again(facts: Facts, operation: Operation, sender: Sender) -> FollowUpEvent:
    """The next try of an operation whose last one definitely did nothing: a new key. What gives
    back or releases by itself follows what stands now (`now_asked_for`)."""
    last = facts.attempts[operation.last_key].started
    if not isinstance(last, FollowUpEvent):
        raise TypeError("a charge is not tried again here")
    number = last.number + 1
    key = attempt_key(facts.intent.payment, operation.id, number)
    means, amount = now_asked_for(facts, operation)
    hold = hold_of(facts, last)
    asked = FollowUp(hold=hold, means=means, key=key, amount=amount)
    if isinstance(last, CompensationStarted):
        last = replace(last, means="refund" if means == "refund" else "void")
    return replace(
        last,
        number=number,
        key=key,
        amount=amount,
        owner=sender.owner,
        send_before=sender.send_before,
        request_hash=sender.digest(asked),
        at=sender.now,
    )


def now_asked_for(facts: Facts, operation: Operation) -> tuple[str, Money]:
    """By which means and how much: as it began, but for what others moved of it meanwhile."""
    hold = standing_charge(facts, operation.charge_key)
    if hold is None or operation.command is not None:
        return operation.means, operation.amount
    if operation.kind == "compensation":
        return to_take_back(facts, hold) or (operation.means, operation.amount)
    left = held(facts, hold)
    less = left < operation.amount and not left.is_zero
    return operation.means, left if less else operation.amount


def hold_of(facts: Facts, started: FollowUpStarted) -> Hold:
    """The charge that this follow-up is about, at the account where it stands."""
    return Hold(
        key=started.charge_key,
        gateway=started.gateway,
        account=started.account,
        endpoint=started.endpoint,
        reference=started.charge,
        amount=facts.attempts[started.charge_key].started.amount,
        captured_at_once=False,
        at=started.at,
    )
