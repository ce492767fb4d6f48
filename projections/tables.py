"""What a read model's tables look like and how a projector asks for a change in them.

Stores apply changes, whatever they mean: nothing here knows a payment or a database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID

NUMBER_MAX: Final = 2**63 - 1

Value: TypeAlias = str | int | datetime | UUID | Mapping[str, Any] | None
Row: TypeAlias = Mapping[str, Value]  # by column name, all columns present
Key: TypeAlias = tuple[Value, ...]

Kind: TypeAlias = Literal["text", "int", "time", "uuid", "json"]
Merge: TypeAlias = Literal["replace", "add", "latest"]


@dataclass(frozen=True, slots=True)
class Column:
    """`merge`: what becomes of the stored value when a row of the same key comes."""

    name: str
    kind: Kind
    merge: Merge = "replace"


@dataclass(frozen=True, slots=True)
class Table:
    """`name` without schema: a rebuilt version of the same table lives in another schema."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    def key_of(self, row: Row) -> Key:
        return tuple(row[name] for name in self.key)


@dataclass(frozen=True, slots=True)
class Put:
    """Insert the row, or merge it into the one with the same key."""

    table: Table
    row: Row


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete the row with this key, if there is one."""

    table: Table
    key: Key


@dataclass(frozen=True, slots=True)
class Prune:
    """Delete the rows whose `column` is before `before`. Comes after the puts of its batch, so
    it may only name what no later event puts."""

    table: Table
    column: str
    before: datetime


Change: TypeAlias = Put | Remove | Prune


def storable_number(number: int) -> int:
    """Of 64 bits, as number columns are; the view beside it tells what it really is."""
    return min(number, NUMBER_MAX)


def storable(text: str) -> str:
    """Text columns hold no NUL; merchants may send one all the same."""
    return text.replace("\x00", "\ufffd")
