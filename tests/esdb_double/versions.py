"""The version check and idempotency rule of an append, in the server's order of steps. Pure.

Reads a stream and the ids that are submitted; must not write anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias
from uuid import UUID

from tests.esdb_double.events import (
    ANY,
    METADATA_PREFIX,
    NO_STREAM,
    STREAM_EXISTS,
    Appended,
    Conflict,
    StreamDeleted,
)
from tests.esdb_double.log import Log, Stream

WRITE: Final = "write"
Verdict: TypeAlias = Literal["write"] | Appended | Conflict


def judge(log: Log, stream: Stream, expected: int, ids: Sequence[UUID]) -> Verdict:
    """WRITE, a repeat of what is stored, or a conflict. Raises StreamDeleted."""
    if is_tombstoned(log, stream):
        raise StreamDeleted(stream.name)
    if expected == STREAM_EXISTS:
        if stream.metadata.soft_deleted:
            raise StreamDeleted(stream.name)
        if not stream.events and not has_metadata(log, stream):
            return Conflict(stream.current)
    if expected in (ANY, STREAM_EXISTS):
        return _by_known_ids(log, stream, ids)
    if expected < stream.current:
        return _by_stored_ids(stream, expected, ids)
    return WRITE if expected == stream.current else Conflict(stream.current)


def has_metadata(log: Log, stream: Stream) -> bool:
    return bool(log.stream(METADATA_PREFIX + stream.name).events)


def is_tombstoned(log: Log, stream: Stream) -> bool:
    """Whether writes are refused for good. A metadata stream follows its stream, but one that
    has events keeps accepting them, as the classic server does."""
    if stream.tombstone is not None:
        return True
    if not stream.name.startswith(METADATA_PREFIX) or stream.events:
        return False
    return log.stream(stream.name.removeprefix(METADATA_PREFIX)).tombstone is not None


def _by_known_ids(log: Log, stream: Stream, ids: Sequence[UUID]) -> Verdict:
    known = [log.known_ids.revision(event_id, stream.name) for event_id in ids]
    if not known or known[0] is None:
        return WRITE
    last = known[-1]
    if last is None or None in known:
        return Conflict(stream.current)
    return _repeat(stream, last)


def _by_stored_ids(stream: Stream, expected: int, ids: Sequence[UUID]) -> Verdict:
    stored = [event.event_id for event in stream.events[expected + 1 : expected + 1 + len(ids)]]
    if ids and stored == list(ids):
        return _repeat(stream, expected + len(ids))
    undeletes = expected == NO_STREAM and stream.metadata.soft_deleted
    return WRITE if ids and undeletes and stored[0] != ids[0] else Conflict(stream.current)


def _repeat(stream: Stream, revision: int) -> Appended:
    readable = stream.readable and revision >= stream.first_visible
    position = stream.events[revision].position if readable else None
    return Appended(revision, position, repeated=True)
