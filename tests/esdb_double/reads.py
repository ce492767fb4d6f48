"""Reading one stream or $all, once, in either direction. Subscriptions are elsewhere.

Yields stored events; resolves links only when asked through `resolve`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from tests.esdb_double.events import (
    LINK_TYPE,
    METADATA_PREFIX,
    InvalidPosition,
    Stored,
    StreamDeleted,
)
from tests.esdb_double.filters import EventFilter, is_shown
from tests.esdb_double.log import Log, Stream
from tests.esdb_double.sequence import OTHERS_TYPE

PAGE_EVENTS = 32  # how many revisions the server looks at in one step


class Edge(Enum):
    START = auto()
    END = auto()


class UnreadableRange(Exception):
    """Asked forwards from the end of a stream, or for no events."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event as a reader gets it; event is None when a link leads nowhere."""

    event: Stored | None
    link: Stored | None = None

    @property
    def position(self) -> int:
        at = self.link or self.event
        return 0 if at is None else at.position


@dataclass(frozen=True, slots=True)
class StreamRead:
    """events in the order asked for; first_visible only when nothing is where one began."""

    events: list[Stored]
    first_visible: int | None
    last: int


def refuse_if_deleted(log: Log, stream: Stream) -> None:
    """Raises StreamDeleted for a tombstoned stream and for its metadata stream."""
    described = stream.name.removeprefix(METADATA_PREFIX)
    if stream.tombstone is not None or log.stream(described).tombstone is not None:
        raise StreamDeleted(stream.name)


def read_stream(
    log: Log, name: str, start: int | Edge, count: int, *, forwards: bool
) -> StreamRead | None:
    """None for a stream that is missing or soft-deleted.

    Raises StreamDeleted, and UnreadableRange for what the server calls an error.
    """
    if count == 0 or (forwards and start is Edge.END):
        raise UnreadableRange
    stream = log.stream(name)
    with log.lock:
        refuse_if_deleted(log, stream)
        if not stream.readable:
            return None
        last, lowest = stream.current, stream.first_visible
        if forwards:
            begin = 0 if isinstance(start, Edge) else start
            # Without an age limit there is nothing to look for beyond the last one asked for.
            aged = stream.metadata.max_age_s is not None
            final = last if aged else max(begin, lowest) + count - 1
            events = log.visible(name, begin, final)[:count]
            outside = begin + min(count, PAGE_EVENTS) <= lowest or begin > last
            return StreamRead(events, _first(log, name, last) if outside else None, last)
        begin = min(last, start) if not isinstance(start, Edge) else last
        if start is Edge.START:
            begin = 0
        events = log.visible(name, max(0, begin - count + 1), begin)
        return StreamRead(events[::-1], None, last)


def _first(log: Log, name: str, last: int) -> int:
    visible = log.visible(name, 0, last)
    return visible[0].revision if visible else last + 1


def read_all(
    log: Log, start: int | Edge, count: int, wanted: EventFilter | None, *, forwards: bool
) -> Iterator[Stored]:
    """At most count events that are shown. Raises InvalidPosition before the first."""
    if forwards:
        index = _forward_index(log, start)
        upto = len(log.events)
        candidates = (log.events[at] for at in range(index, upto))
    else:
        index = _backward_index(log, start)
        candidates = (log.events[at] for at in range(index - 1, -1, -1))
    left = count
    for event in candidates:
        if left == 0:
            return
        if is_shown(event, wanted):
            left -= 1
            yield event
        elif event.type == OTHERS_TYPE:
            log.events.passed_over += 1


def _forward_index(log: Log, start: int | Edge) -> int:
    if isinstance(start, Edge):
        return 0 if start is Edge.START else len(log.events)
    return log.index_at(start)


def _backward_index(log: Log, start: int | Edge) -> int:
    if isinstance(start, Edge):
        return 0 if start is Edge.START else len(log.events)
    if start > log.end:
        raise InvalidPosition(start)
    return log.index_at(start)


def deliver(log: Log, event: Stored, *, resolve: bool) -> Delivered:
    """Follows a link, one level deep, where that is asked for."""
    if not resolve or event.type != LINK_TYPE:
        return Delivered(event)
    revision, at_sign, target = event.data.decode(errors="replace").partition("@")
    if not at_sign or not revision.removeprefix("-").isdecimal():
        return Delivered(event)
    stream = log.stream(target)
    found: list[Stored] = []
    if stream.tombstone is None and stream.readable:
        found = log.visible(target, int(revision), int(revision))
    return Delivered(found[0] if found else None, event)
