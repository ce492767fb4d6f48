"""What an answer means for the append it belongs to. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from adapters.event_store.eventstoredb.answers import (
    Ambiguous,
    Answer,
    Conflict,
    Denied,
    NotNow,
    Stored,
    Tombstoned,
    TooLarge,
)
from adapters.event_store.eventstoredb.pending import PendingAppend
from application.ports.event_store import (
    Appended,
    AppendRefused,
    AppendTooLarge,
    StoreFailure,
    StreamNotWhole,
    WrongRevision,
)


@dataclass(frozen=True, slots=True)
class StoredUnseen:
    """Stored before; the server does not say where."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """To be sent again. `ambiguous`: this send may have been stored."""

    reason: str
    ambiguous: bool


Fate: TypeAlias = Appended | StoredUnseen | Repeat | StoreFailure


def fate_of(append: PendingAppend, answer: Answer) -> Fate:
    match answer:
        case Stored(revision, position):
            if revision != append.last_revision:
                return StreamNotWhole(
                    f"{append.stream}: expected to end at revision {append.last_revision}, the"
                    f" server stored up to {revision}; was the stream deleted?"
                )
            return StoredUnseen() if position is None else Appended(revision, position)
        case Conflict(actual):
            return WrongRevision(append.stream, append.expected, actual)
        case NotNow(reason):
            return Repeat(reason, ambiguous=False)
        case Ambiguous(reason):
            return Repeat(reason, ambiguous=True)
        case Tombstoned():
            return StreamNotWhole(f"{append.stream}: deleted for good on the server")
        case TooLarge(limit_bytes):
            return AppendTooLarge(f"{append.stream}: the server takes {limit_bytes} bytes at most")
        case Denied(reason):
            return AppendRefused(f"{append.stream}: {reason}", nothing_stored=append.repeats == 0)
