"""Append, delete, tombstone, with what each does to the stream's metadata.

All of it happens under the log's lock, so a write and its check are one step. Must not know how
a client spoke.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from tests.esdb_double.events import (
    METADATA_PREFIX,
    METADATA_TYPE,
    REVISION_MAX,
    Appended,
    Conflict,
    Proposed,
    StreamDeleted,
)
from tests.esdb_double.log import Log, Stream
from tests.esdb_double.metadata import as_json
from tests.esdb_double.versions import WRITE, has_metadata, judge


def append(log: Log, name: str, expected: int, proposed: Sequence[Proposed]) -> Appended | Conflict:
    """Writes all of it or nothing. Raises StreamDeleted."""
    with log.lock:
        stream = log.stream(name)
        verdict = judge(log, stream, expected, [event.event_id for event in proposed])
        if verdict != WRITE:
            return verdict
        described = _described(log, stream)
        was_deleted = described is not None and described.metadata.soft_deleted
        undelete_from = stream.current + 1 if stream.metadata.soft_deleted else None
        if proposed:
            last = log.write(name, proposed)[-1]
            done = Appended(last.revision, last.position)
        else:
            done = Appended(stream.current, log.write_nothing())
        if undelete_from is not None:
            _write_truncation(log, stream, undelete_from)
        if described is not None and was_deleted and not described.metadata.soft_deleted:
            _write_truncation(log, described, described.current + 1)
        return done


def delete(log: Log, name: str, expected: int) -> Appended | Conflict:
    """Soft deletion; the position is that of the metadata event. Raises StreamDeleted."""
    with log.lock:
        stream = log.stream(name)
        verdict = judge(log, stream, expected, [uuid4()])
        if verdict != WRITE:
            return verdict
        if _described(log, stream) is not None:
            raise StreamDeleted(name)  # metadata of metadata does not exist
        if not stream.events and not has_metadata(log, stream):
            return Conflict(stream.current)
        event = _metadata_event(as_json({"$tb": REVISION_MAX}))
        stored = log.write(METADATA_PREFIX + name, [event])[-1]
        return Appended(stored.revision, stored.position)


def tombstone(log: Log, name: str, expected: int) -> Appended | Conflict:
    """Deletion for good; the position is that of the tombstone. Raises StreamDeleted."""
    with log.lock:
        stream = log.stream(name)
        verdict = judge(log, stream, expected, [uuid4()])
        if verdict != WRITE:
            return verdict
        return Appended(REVISION_MAX, log.bury(name).position)


def _described(log: Log, stream: Stream) -> Stream | None:
    """The stream whose metadata this stream holds, if it is a metadata stream."""
    if not stream.name.startswith(METADATA_PREFIX):
        return None
    return log.stream(stream.name.removeprefix(METADATA_PREFIX))


def _write_truncation(log: Log, stream: Stream, revision: int) -> None:
    event = _metadata_event(stream.metadata.with_truncate_before(revision))
    log.write(METADATA_PREFIX + stream.name, [event])


def _metadata_event(data: bytes) -> Proposed:
    return Proposed(uuid4(), METADATA_TYPE, True, data)
