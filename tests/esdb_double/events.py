"""What the log holds and what may be proposed to it: plain values, and the numbers of the protocol.

Knows nothing of gRPC; nothing here changes once it is made.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

# Expected versions as the server's own texts number them; from 0 on it is an exact revision.
NO_STREAM = -1
ANY = -2
STREAM_EXISTS = -4

REVISION_MAX = 2**63 - 1  # a tombstone's revision, and the $tb of a soft-deleted stream
TICKS_PER_S = 10_000_000

METADATA_PREFIX = "$$"
METADATA_TYPE = "$metadata"
TOMBSTONE_TYPE = "$streamDeleted"
LINK_TYPE = "$>"
HIDDEN_STREAMS = frozenset({"$epoch-information"})  # never shown by $all


@dataclass(frozen=True, slots=True)
class Proposed:
    """An event that a client asks to append."""

    event_id: UUID
    type: str
    is_json: bool
    data: bytes
    metadata: bytes = b""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event of the log.

    position: its byte offset in the log, commit and prepare position in one.
    created_ticks: 100-nanosecond ticks since 1970.
    """

    stream: str
    revision: int
    position: int
    created_ticks: int
    event_id: UUID
    type: str
    is_json: bool
    data: bytes
    metadata: bytes


@dataclass(frozen=True, slots=True)
class Appended:
    """A write that succeeded, or that had been stored before (repeated).

    revision: the last one written, -1 for an empty write to an empty stream.
    position: None when the repeated event is no longer readable.
    """

    revision: int
    position: int | None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """The expected version is not met; current is the last revision ever written, or -1."""

    current: int


class StreamDeleted(Exception):
    """The stream is tombstoned, or soft-deleted and expected to exist."""

    def __init__(self, stream: str) -> None:
        super().__init__(f"Event stream '{stream}' is deleted.")
        self.stream = stream


class InvalidPosition(Exception):
    """A position that is not where a record starts, or lies beyond the end where that matters."""
