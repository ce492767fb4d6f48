"""The facts of operators' streams. A recorded shape is never edited (versions.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorNamed:
    """In the one stream that names them all, before there is a stream of this operator's own."""

    operator: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorRegistered:
    """A person who may end reviews here."""

    operator: str
    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorKeyIssued:
    """A key that opens what operators do; the secret itself is shown once and stored nowhere."""

    key_id: str
    secret_hash: str  # SHA-256, hex
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorKeyRevoked:
    """The key opens nothing any more."""

    key_id: str
    at: datetime


OperatorEvent: TypeAlias = (
    OperatorNamed | OperatorRegistered | OperatorKeyIssued | OperatorKeyRevoked
)
