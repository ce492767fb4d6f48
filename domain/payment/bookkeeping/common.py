"""Small pieces that every note uses."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from domain.changed import replace
from domain.payment import events as e
from domain.payment.attempt import Attempt, Operation
from domain.payment.state import Facts


class ImpossibleHistory(Exception):
    """A stream says what cannot have happened: nothing may be decided on it."""


def attempt_of(facts: Facts, key: UUID) -> Attempt:
    """Raises ImpossibleHistory for a key that was never started."""
    if key not in facts.attempts:
        raise ImpossibleHistory(f"no attempt has the key {key}")
    return facts.attempts[key]


def open_attempt_of(facts: Facts, key: UUID) -> Attempt:
    """Raises ImpossibleHistory for a key that was never started, or that was settled."""
    attempt = attempt_of(facts, key)
    if not attempt.is_open:
        raise ImpossibleHistory(f"{key} was settled before")
    return attempt


def operation_of(facts: Facts, operation: UUID, kind: str) -> Operation:
    """Raises ImpossibleHistory for one that never began, or that is of another kind."""
    known = facts.operations.get(operation)
    if known is None or known.kind != kind:
        raise ImpossibleHistory(f"no {kind} has the id {operation}")
    return known


def with_attempt(facts: Facts, attempt: Attempt, **changes: Any) -> Facts:
    changed = replace(attempt, **changes)
    return replace(facts, attempts={**facts.attempts, attempt.key: changed})


def with_operation(facts: Facts, operation: Operation, **changes: Any) -> Facts:
    changed = replace(operation, **changes)
    return replace(facts, operations={**facts.operations, operation.id: changed})


def conclude(facts: Facts, command: e.CommandRef | None) -> Facts:
    """The first conclusion is the command's answer; what comes later never changes it."""
    known = facts.commands.get(command.id) if command else None
    if known is None or known.concluded is not None:
        return facts
    done = replace(known, concluded=facts.revision)
    return replace(facts, commands={**facts.commands, known.ref.id: done})


def command_behind(facts: Facts, attempt: Attempt) -> e.CommandRef | None:
    """Whose answer waits for this attempt."""
    if attempt.kind == "charge":
        return facts.intent.command
    operation = facts.operations[attempt.started.operation]
    if operation.command is None and operation.kind == "void" and facts.cancel is not None:
        return facts.cancel.command
    return operation.command
