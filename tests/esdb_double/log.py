"""The log in memory: every event in commit order, its streams, and who waits for more.

Holds facts and hands them out; whether a write may happen is decided in writes.py. Every change
is made under `lock`; the lists only ever grow, so readers may index them without it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from uuid import uuid4

from tests.esdb_double.events import (
    METADATA_PREFIX,
    METADATA_TYPE,
    REVISION_MAX,
    TICKS_PER_S,
    TOMBSTONE_TYPE,
    InvalidPosition,
    Proposed,
    Stored,
)
from tests.esdb_double.known_ids import KnownIds
from tests.esdb_double.metadata import (
    NO_METADATA,
    OF_METADATA_STREAMS,
    StreamMetadata,
    as_json,
    parse_metadata,
)
from tests.esdb_double.sequence import OTHERS_TYPE, Events, Others

RECORD_OVERHEAD_BYTES = 97  # beside names and bodies, so that gaps are irregular
COMMIT_RECORD_BYTES = 61
SCAVENGES_MAX_AGE_S = 2_592_000


def ticks_now() -> int:
    """100-nanosecond ticks since 1970."""
    return time.time_ns() // 100


class Stream:
    """One stream: events[n] has revision n. Without events it was never written."""

    __slots__ = ("events", "metadata", "name", "tombstone")

    def __init__(self, name: str) -> None:
        self.name = name
        self.events: list[Stored] = []
        self.tombstone: Stored | None = None
        self.metadata: StreamMetadata = (
            OF_METADATA_STREAMS if name.startswith(METADATA_PREFIX) else NO_METADATA
        )

    @property
    def current(self) -> int:
        """The last revision ever written, -1 if none."""
        return len(self.events) - 1

    @property
    def readable(self) -> bool:
        return bool(self.events) and not self.metadata.soft_deleted

    @property
    def first_visible(self) -> int:
        """The lowest revision that truncation and max count leave readable; age not counted."""
        kept = self.metadata.max_count
        return max(
            min(self.metadata.truncate_before, self.current + 1),
            0 if kept is None else self.current - kept + 1,
        )


class Log:
    """Events of all streams, shared by every node of a cluster.

    clock: 100-nanosecond ticks since 1970.
    """

    def __init__(self, clock: Callable[[], int] = ticks_now) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.events = Events()
        self.end = 0  # the position that the next record gets
        self.known_ids = KnownIds()
        self._streams: dict[str, Stream] = {}
        self._others: dict[str, int] = {}  # how many of each stream
        self._records_without_event: set[int] = set()
        self._watchers: set[Callable[[], None]] = set()
        scavenges = as_json({"$maxAge": SCAVENGES_MAX_AGE_S})
        self.write("$epoch-information", [Proposed(uuid4(), "$epoch", True, b"{}")])
        self.write("$$$scavenges", [Proposed(uuid4(), METADATA_TYPE, True, scavenges)])

    def stream(self, name: str) -> Stream:
        """Also for a stream that was never written."""
        found = self._streams.get(name)
        return found if found is not None else self._streams.setdefault(name, Stream(name))

    def write(self, name: str, proposed: Iterable[Proposed]) -> list[Stored]:
        """Appends without any check and wakes who waits."""
        with self.lock:
            stream, written = self.stream(name), []
            for event in proposed:
                stored = self._place(event, name, stream.current + 1)
                stream.events.append(stored)
                self.known_ids.remember(stored)
                written.append(stored)
            self.end += COMMIT_RECORD_BYTES
            if name.startswith(METADATA_PREFIX) and written:
                newest = written[-1]
                parsed = parse_metadata(newest.data, is_json=newest.is_json)
                self.stream(name.removeprefix(METADATA_PREFIX)).metadata = parsed
        self._wake()
        return written

    def write_others(self, count: int, stream: str = "others-1") -> None:
        """So many events of another application, which nobody keeps and only $all shows."""
        with self.lock:
            stride = RECORD_OVERHEAD_BYTES + COMMIT_RECORD_BYTES + len(stream) + len(OTHERS_TYPE)
            first = self._others.get(stream, 0)
            self._others[stream] = first + count
            others = Others(stream, count, first, self.end, stride, self.clock())
            self.events.append_others(others)
            self.end += count * stride
        self._wake()

    def write_nothing(self) -> int:
        """An empty write: its position belongs to no event."""
        with self.lock:
            position = self.end
            self._records_without_event.add(position)
            self.end += COMMIT_RECORD_BYTES
            return position

    def bury(self, name: str) -> Stored:
        """Writes the tombstone."""
        with self.lock:
            stone = Proposed(uuid4(), TOMBSTONE_TYPE, False, b"")
            self.stream(name).tombstone = stored = self._place(stone, name, REVISION_MAX)
        self._wake()
        return stored

    def index_at(self, position: int) -> int:
        """Index in events of the first event at or after this position; beyond the end: their
        number. Raises InvalidPosition where no record starts."""
        with self.lock:
            index = self.events.index_of(position)
            starts_event = index < len(self.events) and self.events[index].position == position
            if starts_event or position >= self.end or position in self._records_without_event:
                return index
        raise InvalidPosition(position)

    def visible(self, name: str, first: int, last: int) -> list[Stored]:
        """Readable events with first <= revision <= last, ascending."""
        stream = self.stream(name)
        with self.lock:
            found = stream.events[max(first, stream.first_visible) : last + 1]
            if stream.metadata.max_age_s is None or not found:
                return found
            oldest = self.clock() - stream.metadata.max_age_s * TICKS_PER_S
        return [event for event in found if event.created_ticks > oldest]

    def watch(self, wake: Callable[[], None]) -> None:
        """Calls wake, which must be quick, after every write until unwatch."""
        with self.lock:
            self._watchers.add(wake)

    def unwatch(self, wake: Callable[[], None]) -> None:
        with self.lock:
            self._watchers.discard(wake)

    def _place(self, event: Proposed, name: str, revision: int) -> Stored:
        stored = Stored(
            name,
            revision,
            self.end,
            self.clock(),
            event.event_id,
            event.type,
            event.is_json,
            event.data,
            event.metadata,
        )
        self.events.append(stored)
        bodies = len(event.data) + len(event.metadata)
        self.end += RECORD_OVERHEAD_BYTES + len(name) + len(event.type) + bodies
        return stored

    def _wake(self) -> None:
        with self.lock:
            watchers = tuple(self._watchers)
        for wake in watchers:
            wake()
