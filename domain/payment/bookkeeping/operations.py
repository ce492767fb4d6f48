"""What a fact about an operation changes in the books: its beginning and its end."""

from __future__ import annotations

from typing import Final

from domain.changed import replace
from domain.payment import events as e
from domain.payment.attempt import Attempt, Command, Kind, Operation
from domain.payment.bookkeeping.common import (
    ImpossibleHistory,
    attempt_of,
    command_behind,
    conclude,
    operation_of,
    with_attempt,
    with_operation,
)
from domain.payment.bookkeeping.sends import judge
from domain.payment.state import Facts

ENDS: Final[dict[type, Kind]] = {
    e.CaptureSucceeded: "capture",
    e.CaptureFailed: "capture",
    e.VoidSucceeded: "void",
    e.VoidFailed: "void",
    e.RefundSucceeded: "refund",
    e.RefundFailed: "refund",
    e.CompensationSucceeded: "compensation",
}
KINDS: Final[dict[type, Kind]] = {
    e.AttemptStarted: "charge",
    e.CaptureStarted: "capture",
    e.VoidStarted: "void",
    e.RefundStarted: "refund",
    e.CompensationStarted: "compensation",
}


def start(facts: Facts, event: e.Started) -> Facts:
    if event.key in facts.attempts:
        raise ImpossibleHistory(f"{event.key} was started before")
    attempt = Attempt(
        kind=KINDS[type(event)],
        started=event,
        owner=event.owner,
        send_before=event.send_before,
        since=event.at,
    )
    facts = with_attempt(facts, attempt)
    if not isinstance(event, e.FollowUpStarted):
        return facts
    known = facts.operations.get(event.operation)
    return _begin(facts, event) if known is None else _try_again(facts, known, event)


def _begin(facts: Facts, event: e.FollowUpStarted) -> Facts:
    kind = KINDS[type(event)]
    if event.charge_key not in {one.key for one in facts.charges}:
        raise ImpossibleHistory(f"{kind} of a charge that was never asked for")
    operation = Operation(
        id=event.operation,
        kind=kind,
        amount=event.amount,
        charge_key=event.charge_key,
        command=event.command,
        means=event.means if isinstance(event, e.CompensationStarted) else kind,
        reason=event.reason,
        last_key=event.key,
        tries=1,
        at=event.at,
    )
    facts = with_operation(facts, operation)
    if event.command is None or event.command.id in facts.commands:
        return facts
    command = Command(ref=event.command, first=facts.revision)
    return replace(facts, commands={**facts.commands, event.command.id: command})


def _try_again(facts: Facts, known: Operation, event: e.FollowUpStarted) -> Facts:
    same = KINDS[type(event)] == known.kind and event.charge_key == known.charge_key
    if not same or known.state != "open" or facts.attempts[known.last_key].is_open:
        raise ImpossibleHistory(f"{known.kind} {known.id} takes no further try")
    means = event.means if isinstance(event, e.CompensationStarted) else known.means
    return with_operation(
        facts, known, last_key=event.key, tries=known.tries + 1, means=means, amount=event.amount
    )


def succeeded(facts: Facts, event: e.OperationSucceeded) -> Facts:
    operation = operation_of(facts, event.operation, ENDS[type(event)])
    if operation.last_key != event.key or operation.state != "open":
        raise ImpossibleHistory(f"{event.key} is not the open try of {operation.id}")
    return _carried_out(judge(facts, event), operation, event)


def done_late(facts: Facts, event: e.LateOperationObserved) -> Facts:
    """The operation succeeded after all; where it did before, it moved money once more."""
    attempt, operation = attempt_of(facts, event.key), facts.operations.get(event.operation)
    if operation is None or attempt.started.operation != operation.id:
        raise ImpossibleHistory(f"{event.key} is no try of {event.operation}")
    if attempt.stands or (attempt.is_open and operation.state == "open"):
        raise ImpossibleHistory(f"{event.key} is not late")
    facts = with_attempt(facts, attempt, verdict=event, review=None, since=event.at)
    if operation.state == "succeeded":
        return with_operation(facts, operation, again=operation.again + event.amount.amount)
    return _carried_out(facts, operation, event)


def _carried_out(facts: Facts, operation: Operation, event: e.OperationSucceeded) -> Facts:
    facts = with_operation(
        facts, operation, state="succeeded", code=None, reference=event.reference,
        amount=event.amount, means=facts.attempts[event.key].means,
    )  # fmt: skip
    if operation.kind == "void" and event.amount < operation.amount and not facts.unwanted:
        facts = conclude(facts, command_behind(facts, facts.attempts[event.key]))
        return replace(facts, cancel=None)  # the rest may be asked for again
    return conclude(facts, operation.command)


def deferred(facts: Facts, event: e.FollowUpDeferred) -> Facts:
    attempt = attempt_of(facts, event.key)
    operation = facts.operations.get(attempt.started.operation)
    if operation is None or operation.id != event.operation or operation.last_key != event.key:
        raise ImpossibleHistory(f"{event.key} is not the last try of {event.operation}")
    if operation.state != "open" or attempt.is_open or operation.deferred is not None:
        raise ImpossibleHistory(f"{operation.kind} {operation.id} is not between tries")
    facts = with_operation(facts, operation, deferred=event)
    return conclude(facts, command_behind(facts, attempt))


def failed(facts: Facts, event: e.OperationFailed) -> Facts:
    operation = operation_of(facts, event.operation, ENDS[type(event)])
    attempt = facts.attempts[operation.last_key]
    if operation.state != "open" or attempt.is_open:
        raise ImpossibleHistory(f"{operation.kind} {operation.id} cannot fail now")
    facts = with_operation(facts, operation, state="failed", code=event.code)
    facts = conclude(facts, command_behind(facts, attempt))
    if operation.kind == "void" and not facts.unwanted:
        return replace(facts, cancel=None)  # it may be asked for again
    return facts
