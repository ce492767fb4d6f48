"""The event log as the application sees it. `tests/event_store/contract.py` is its definition.

There is no delete, no truncation and no "any revision": every append names what it expects.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from domain.log import Delivery, NewEvent, Position, RecordedEvent, Revision

APPEND_BYTES_MAX: Final = 1_000_000  # data + metadata + 2 per character of the types, summed
QUEUED_APPENDS_MAX: Final = 2_048
QUEUED_BYTES_MAX: Final = 16 * 1024 * 1024
READ_EVENTS_MAX: Final = 4_096  # the most that one read returns


class StoreFailure(Exception):
    """Base of everything that an event store raises."""


class WrongRevision(StoreFailure):
    """The stream is not where the append expected it; nothing of it was stored.

    `actual` is the stream's last revision (`NO_STREAM` when it does not exist).
    """

    def __init__(self, stream: str, expected: Revision, actual: Revision) -> None:
        super().__init__(f"{stream}: expected revision {expected}, found {actual}")
        self.stream, self.expected, self.actual = stream, expected, actual


class AppendTooLarge(StoreFailure):
    """More than APPEND_BYTES_MAX: refused before anything was queued."""


class StoreBusy(StoreFailure):
    """The queue is full: refused before anything was queued."""


class AppendNotSent(StoreFailure):
    """The deadline passed while the append was still queued: it was dropped, nothing is stored."""


class FateUnknown(StoreFailure):
    """The append was sent and its fate was not known when the deadline passed.

    The store goes on repeating it, with the same ids and revision, until it is stored or refused.
    `settled` ends as soon as one of the two is known, or the store is closed; None where the store
    cannot tell.
    """

    def __init__(self, reason: str, settled: Awaitable[object] | None = None) -> None:
        super().__init__(reason)
        self.settled = settled


class AppendRefused(StoreFailure):
    """The store said no for good: access denied or a malformed append.

    `nothing_stored` is False when an earlier send of the same append was left without an answer.
    """

    def __init__(self, reason: str, *, nothing_stored: bool) -> None:
        super().__init__(reason)
        self.nothing_stored = nothing_stored


class StreamNotWhole(StoreFailure):
    """An alarm: somebody deleted, truncated or tombstoned the stream.

    The append was accepted at another revision than it had to get (a soft-deleted stream takes
    NO_STREAM and goes on counting), or the store cannot show what it stored. Nobody may act upon
    such an append; a person has to look.
    """


class StoreUnavailable(StoreFailure):
    """A read could not be answered in its time; or it was refused (AccessRefused)."""


class AccessRefused(AppendRefused, StoreUnavailable):
    """The store does not let us in: wrong credentials, or a right that is missing. Nothing was
    looked at and nothing stored; said at once, and it passes when somebody puts it right there.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason, nothing_stored=True)


@dataclass(frozen=True, slots=True)
class Appended:
    """An explicit success. `revision` and `position` are those of the append's last event."""

    revision: Revision
    position: Position


# The store's trouble, not the stream's: the same may succeed a little later.
PASSING: Final = (StoreUnavailable, StoreBusy, AppendNotSent, FateUnknown)


class EventStore(Protocol):
    async def append(
        self,
        stream: str,
        expected: Revision,
        events: Sequence[NewEvent],
        *,
        timeout_s: float | None = None,
    ) -> Appended:
        """Stores all events or none, at exactly `expected` + 1 (NO_STREAM: a new stream).

        Repeating an append with the same ids and `expected` changes nothing and succeeds, also
        when others have appended since. An ambiguous append is repeated inside until it is a
        success or a conflict. `timeout_s` bounds the wait of the caller, None waits for ever.
        `events` holds at least one event (ValueError).

        Raises WrongRevision, AppendTooLarge, StoreBusy, AppendNotSent, FateUnknown,
        AppendRefused, AccessRefused, StreamNotWhole.
        """
        ...

    async def read_stream(
        self,
        stream: str,
        *,
        from_revision: Revision | None = None,
        backwards: bool = False,
        limit: int = READ_EVENTS_MAX,
    ) -> list[RecordedEvent]:
        """The stream's events from `from_revision` on, inclusive; [] where there are none.

        None means the beginning, or the end when reading backwards. Sees every append that was
        acknowledged before the call. Raises StoreUnavailable, and StreamNotWhole where the stream
        was deleted for good.
        """
        ...

    async def read_all(
        self, *, after: Position, limit: int = READ_EVENTS_MAX
    ) -> list[RecordedEvent]:
        """Events of all streams with one of domain.log.STREAM_PREFIXES, in commit order, whose
        position is greater than `after` (BEFORE_FIRST: from the beginning).

        Raises StoreUnavailable.
        """
        ...

    async def head(self) -> Position:
        """A position that nothing acknowledged so far lies behind: of the newest event, ours or of
        another application in the same store; BEFORE_FIRST when there is none at all. Costs one
        event, however many others wrote.

        Raises StoreUnavailable.
        """
        ...

    def subscribe(self, *, after: Position) -> AsyncIterator[Delivery]:
        """read_all that never ends: what is stored, one CaughtUp, then live, in the same order,
        without gap or duplicate. CaughtUp may come again after a broken connection; the order of
        events never starts again. Close it with `aclose()` or by cancelling the task.

        Raises StoreUnavailable where it cannot go on by itself.
        """
        ...

    async def aclose(self) -> None:
        """Follows queued appends to their fate (bounded), then lets go of all resources."""
        ...
