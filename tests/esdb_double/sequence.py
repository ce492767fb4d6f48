"""The events of the log in commit order, as a list that holds runs of others' events without
keeping them: each is made when somebody looks at it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, overload
from uuid import UUID

from tests.esdb_double.events import Stored

OTHERS_TYPE = "SomethingElse"


@dataclass(frozen=True, slots=True)
class Others:
    """`count` events without bodies, of one stream of another application, evenly placed. Seen in
    $all alone: their stream cannot be read."""

    stream: str
    count: int
    first_revision: int
    first_position: int
    stride: int
    created_ticks: int

    def __len__(self) -> int:
        return self.count

    def at(self, index: int) -> Stored:
        position = self.first_position + index * self.stride
        return Stored(
            self.stream,
            self.first_revision + index,
            position,
            self.created_ticks,
            UUID(int=position),
            OTHERS_TYPE,
            False,
            b"",
            b"",
        )

    def first_from(self, position: int) -> int:
        """The index of the first that is not before this position."""
        return -(-max(0, position - self.first_position) // self.stride)


_Run: TypeAlias = list[Stored] | Others


class Events(Sequence[Stored]):
    """Grows at its end only; to be changed under the log's lock, and read without it."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._begins: list[int] = []  # index of each run's first event
        self._places: list[int] = []  # position of each run's first event
        self._length = 0
        self.passed_over = 0  # how many of others were looked at and not delivered, by all readers

    def append(self, event: Stored) -> None:
        if not self._runs or isinstance(self._runs[-1], Others):
            self._begin([], event.position)
        run = self._runs[-1]
        assert isinstance(run, list)
        run.append(event)
        self._length += 1

    def append_others(self, others: Others) -> None:
        self._begin(others, others.first_position)
        self._length += others.count

    def others_from(self, index: int) -> int:
        """How many events from here on are of one run of others."""
        at = self._run_of(index)
        run = self._runs[at]
        return len(run) - (index - self._begins[at]) if isinstance(run, Others) else 0

    def index_of(self, position: int) -> int:
        """Of the first event at or after this position; their number where there is none."""
        at = bisect_right(self._places, position) - 1
        if at < 0:
            return 0
        run = self._runs[at]
        if isinstance(run, Others):
            inside = run.first_from(position)
        else:
            inside = bisect_left(run, position, key=lambda event: event.position)
        return self._begins[at] + min(inside, len(run))

    def kept(self) -> Iterator[Stored]:
        """All but those of others."""
        for run in list(self._runs):
            if isinstance(run, list):
                yield from list(run)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> Stored: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Stored]: ...
    def __getitem__(self, index: int | slice) -> Stored | Sequence[Stored]:
        if isinstance(index, slice):
            return Page(self, *index.indices(self._length)[:2])
        at_index = index + self._length if index < 0 else index
        if not 0 <= at_index < self._length:
            raise IndexError(index)
        at = self._run_of(at_index)
        run, inside = self._runs[at], at_index - self._begins[at]
        return run.at(inside) if isinstance(run, Others) else run[inside]

    def _begin(self, run: _Run, position: int) -> None:
        self._begins.append(self._length)
        self._places.append(position)
        self._runs.append(run)

    def _run_of(self, index: int) -> int:
        # What a writer has begun and not yet counted is beyond every index that a reader knows.
        return bisect_right(self._begins, index, hi=len(self._runs)) - 1


class Page(Sequence[Stored]):
    """A part of the events, which stays what it was while they grow."""

    def __init__(self, events: Events, first: int, end: int) -> None:
        self.events, self._first, self._end = events, first, max(first, end)

    def __len__(self) -> int:
        return self._end - self._first

    @overload
    def __getitem__(self, index: int) -> Stored: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Stored]: ...
    def __getitem__(self, index: int | slice) -> Stored | Sequence[Stored]:
        if isinstance(index, slice):
            first, end, _ = index.indices(len(self))
            return Page(self.events, self._first + first, self._first + end)
        inside = index + len(self) if index < 0 else index
        if not 0 <= inside < len(self):
            raise IndexError(index)
        return self.events[self._first + inside]

    def spans(self) -> Iterator[Stored | int]:
        """Its events; of others only the first of each run, and then how many more there are."""
        index = self._first
        while index < self._end:
            yield self.events[index]
            alike = min(self.events.others_from(index), self._end - index)
            if alike > 1:
                yield alike - 1
            index += max(1, alike)
