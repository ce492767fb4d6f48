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
    """The next try of an operation whose last one definitely did nothing: a new key."""
    last = facts.attempts[operation.last_key].started
    if not isinstance(last, FollowUpEvent):
        raise TypeError("a charge is not tried again here")
    number = last.number + 1
    key = attempt_key(facts.intent.payment, operation.id, number)
    hold = hold_of(facts, last)
    asked = FollowUp(hold=hold, means=operation.means, key=key, amount=operation.amount)
    return replace(
        last,
        number=number,
        key=key,
        owner=sender.owner,
        send_before=sender.send_before,
        request_hash=sender.digest(asked),
        at=sender.now,
    )


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
