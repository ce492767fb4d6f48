"""What an operator is after the facts, and what may be decided about one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from domain.operator.events import (
    OperatorEvent,
    OperatorKeyIssued,
    OperatorKeyRevoked,
    OperatorNamed,
    OperatorRegistered,
)
from domain.operator.rules import (
    ISSUED_KEYS_MAX,
    NAME_CHARACTERS_MAX,
    OPERATORS_MAX,
    VALID_KEYS_MAX,
    InvalidOperator,
    OperatorExists,
    TooManyOperatorKeys,
    TooManyOperators,
    UnknownOperator,
    UnknownOperatorKey,
)

_ID: Final = re.compile(r"[a-z0-9]{3,40}")


class ImpossibleOperator(Exception):
    """A stream whose facts do not follow from each other: refused, never guessed at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorKey:
    id: str
    secret_hash: str  # SHA-256, hex
    issued_at: datetime
    revoked_at: datetime | None = None

    @property
    def is_valid(self) -> bool:
        return self.revoked_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """`keys` by id, in the order of their issue, revoked ones included."""

    id: str
    name: str
    registered_at: datetime
    keys: Mapping[str, OperatorKey] = field(default_factory=dict)

    @property
    def valid_keys(self) -> list[OperatorKey]:
        return [one for one in self.keys.values() if one.is_valid]


def is_operator_id(text: str) -> bool:
    """3 to 40 lower-case letters and digits."""
    return _ID.fullmatch(text) is not None


def evolve(operator: Operator | None, event: OperatorEvent) -> Operator:
    """The operator after one more fact. Raises ImpossibleOperator."""
    if isinstance(event, OperatorRegistered):
        if operator is not None:
            raise ImpossibleOperator(f"{event.operator} is registered twice")
        return Operator(id=event.operator, name=event.name, registered_at=event.at)
    if operator is None or isinstance(event, OperatorNamed):
        raise ImpossibleOperator(f"{type(event).__name__} belongs to no operator's stream here")
    return replace(operator, keys={**operator.keys, event.key_id: _key(operator, event)})


def _key(operator: Operator, event: OperatorKeyIssued | OperatorKeyRevoked) -> OperatorKey:
    before = operator.keys.get(event.key_id)
    if isinstance(event, OperatorKeyRevoked):
        if before is None or not before.is_valid:
            raise ImpossibleOperator(f"{operator.id} has no valid key {event.key_id} to revoke")
        return replace(before, revoked_at=event.at)
    if before is not None:
        raise ImpossibleOperator(f"{operator.id} was issued key {event.key_id} twice")
    return OperatorKey(id=event.key_id, secret_hash=event.secret_hash, issued_at=event.at)


def fold(events: Iterable[OperatorEvent]) -> Operator | None:
    """None where there are no facts. Raises ImpossibleOperator."""
    operator: Operator | None = None
    for event in events:
        operator = evolve(operator, event)
    return operator


def names(events: Iterable[OperatorEvent]) -> list[str]:
    """Whom the stream of names holds, in its order. Raises ImpossibleOperator."""
    found = [one.operator for one in events if isinstance(one, OperatorNamed)]
    if len(found) != len(set(found)):
        raise ImpossibleOperator("an operator is named twice")
    return found


def name(known: list[str], *, operator_id: str, now: datetime) -> list[OperatorEvent]:
    """[] for one that is named already. Raises InvalidOperator, TooManyOperators."""
    if not is_operator_id(operator_id):
        raise InvalidOperator("an operator's id is 3 to 40 lower-case letters and digits")
    if operator_id in known:
        return []
    if len(known) >= OPERATORS_MAX:
        raise TooManyOperators(f"there are {OPERATORS_MAX} operators already")
    return [OperatorNamed(operator=operator_id, at=now)]


def register(
    operator: Operator | None, *, operator_id: str, name: str, now: datetime
) -> list[OperatorEvent]:
    """Raises OperatorExists, InvalidOperator."""
    if operator is not None:
        raise OperatorExists(f"operator {operator.id} is registered already")
    if not is_operator_id(operator_id):
        raise InvalidOperator("an operator's id is 3 to 40 lower-case letters and digits")
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or not name.isprintable():
        raise InvalidOperator(
            f"an operator's name is 1 to {NAME_CHARACTERS_MAX} printable characters"
        )
    return [OperatorRegistered(operator=operator_id, name=name, at=now)]


def issue_key(
    operator: Operator | None, *, key_id: str, secret_hash: str, now: datetime
) -> list[OperatorEvent]:
    """Raises UnknownOperator, TooManyOperatorKeys."""
    known = _registered(operator)
    if len(known.valid_keys) >= VALID_KEYS_MAX:
        raise TooManyOperatorKeys(f"{known.id} has {VALID_KEYS_MAX} valid keys: revoke one first")
    if len(known.keys) >= ISSUED_KEYS_MAX:
        raise TooManyOperatorKeys(f"{known.id} was issued {ISSUED_KEYS_MAX} keys already")
    return [OperatorKeyIssued(key_id=key_id, secret_hash=secret_hash, at=now)]


def revoke_key(operator: Operator | None, *, key_id: str, now: datetime) -> list[OperatorEvent]:
    """[] for a key that was revoked before. Raises UnknownOperator, UnknownOperatorKey."""
    known = _registered(operator)
    key = known.keys.get(key_id)
    if key is None:
        raise UnknownOperatorKey(f"{known.id} has no key {key_id}")
    return [OperatorKeyRevoked(key_id=key_id, at=now)] if key.is_valid else []


def _registered(operator: Operator | None) -> Operator:
    if operator is None:
        raise UnknownOperator("no such operator")
    return operator
