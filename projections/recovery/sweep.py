"""Derives the recovery work list again from the log, reports where the rows differ, and mends them.

The list is what stands between a crashed payment and nobody: a row that was lost would be missed by
no one. Reads metadata only, as the projection does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias
from zlib import crc32

from domain.log import BEFORE_FIRST, RecordedEvent, Revision
from projections.failures import Interrupted, LeaseLost, LogUnavailable, ParkedChanged
from projections.ports import Log, ReadModelStore, Step
from projections.recovery.projector import Recovery
from projections.recovery.table import RECOVERY, WORKERS_OWN
from projections.tables import Change, Put, Remove, Row

PAGE_EVENTS: Final = 1_000
PAGE_ROWS: Final = 1_000
OPEN_STREAMS_MAX: Final = 500_000  # held in memory at once, about 200 bytes each
PARTS_MAX: Final = 64  # readings of the log in one sweep
COMPARED_MAX: Final = 10_000  # streams of a part that are looked into; the next sweep goes on
ROUNDS_MAX: Final = 50  # of one stream, while the projection moves on

Kind: TypeAlias = Literal["missing", "left over", "stale"]
SAID: Final = tuple(one.name for one in RECOVERY.columns if one.name not in WORKERS_OWN)

_Said: TypeAlias = tuple[Revision, int]  # of a row: its revision, and a hash of all that it says
GiveWay: TypeAlias = Callable[[], Awaitable[None]]  # between pages, for the work that is urgent


class TooManyOpen(Exception):
    """More streams are due than a sweep holds."""


class WorkRows(Protocol):
    """The rows of the work list as they are stored. Both raise ReadModelsUnavailable."""

    async def page(self, *, after: str, limit: int) -> Sequence[Row]:
        """By stream, those greater than `after`."""
        ...

    async def row(self, stream: str) -> Row | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """`missing`: the log says that the stream is due, and it had no row. `left over`: it had one,
    and is not due. `stale`: its row said something else. All of them are mended."""

    stream: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """`open`: streams that the log says are due some time. `unread`: streams whose metadata cannot
    be read, which the projection has parked. `left`: streams that seemed to differ and were not
    looked into, or moved all the time: the next sweep's."""

    events: int
    open: int
    differences: tuple[Difference, ...]
    unread: int
    left: int


async def sweep(log: Log, store: ReadModelStore, rows: WorkRows, *, give_way: GiveWay) -> Sweep:
    """Where more is due than can be held at once, the log is read again for each part of it.

    Raises Interrupted: nothing is lost, sweep again. TooManyOpen.
    """
    sweeping, parts = _Sweeping(log, store, rows, give_way), 1
    while parts <= PARTS_MAX:
        try:
            found = [await sweeping.part(part, parts) for part in range(parts)]
        except TooManyOpen:
            parts *= 2
            continue
        return Sweep(
            events=found[0].events,
            open=sum(one.open for one in found),
            differences=tuple(each for one in found for each in one.differences),
            unread=sum(one.unread for one in found),
            left=sum(one.left for one in found),
        )
    raise TooManyOpen(f"more than {PARTS_MAX} times {OPEN_STREAMS_MAX} streams are due")


@dataclass(slots=True)
class _Derived:
    """`due`: what the row of a stream says, by stream."""

    events: int = 0
    due: dict[str, _Said] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Sweeping:
    log: Log
    store: ReadModelStore
    rows: WorkRows
    give_way: GiveWay

    async def part(self, part: int, parts: int) -> Sweep:
        """One part of the streams. Raises TooManyOpen."""
        derived = await self._derive(part, parts)
        missing, suspects = dict(derived.due), dict[str, Revision]()
        async for row in self._all():
            stream = str(row["stream"])
            if _part_of(stream, parts) == part and stream not in derived.unread:
                said = _said(row)
                if missing.pop(stream, None) != said:
                    suspects[stream] = said[0]
        suspects |= {stream: said[0] for stream, said in missing.items()}
        looked_into = list(suspects.items())[:COMPARED_MAX]
        found = []
        for stream, revision in looked_into:
            found.append(await _mend(stream, revision, self.log, self.store, self.rows))
            await self.give_way()
        return Sweep(
            events=derived.events,
            open=len(derived.due),
            differences=tuple(one for one in found if isinstance(one, Difference)),
            unread=len(derived.unread),
            left=len(suspects) - len(looked_into) + found.count("moved"),
        )

    async def _derive(self, part: int, parts: int) -> _Derived:
        recovery, found, after = Recovery(), _Derived(), BEFORE_FIRST
        while page := await _read(self.log.read_all(after=after, limit=PAGE_EVENTS)):
            for event in page:
                if _part_of(event.stream, parts) == part:
                    await _follow(found, recovery, event)
            if len(found.due) > OPEN_STREAMS_MAX:
                raise TooManyOpen(f"more than {OPEN_STREAMS_MAX} streams are due")
            after, found.events = page[-1].position, found.events + len(page)
            await self.give_way()
        return found

    async def _all(self) -> AsyncIterator[Row]:
        after = ""
        while page := await self.rows.page(after=after, limit=PAGE_ROWS):
            for row in page:
                yield row
            after = str(page[-1]["stream"])
            await self.give_way()


async def _follow(found: _Derived, recovery: Recovery, event: RecordedEvent) -> None:
    """A stream that cannot be read is parked from there on: its row stays as it is."""
    if event.stream in found.unread:
        return
    try:
        changes = await recovery.project(event)
    except ValueError:
        found.unread.add(event.stream)
        found.due.pop(event.stream, None)
        return
    for change in changes:
        if isinstance(change, Put):
            found.due[event.stream] = _said(change.row)
        else:
            found.due.pop(event.stream, None)


async def _mend(
    stream: str, revision: Revision, log: Log, store: ReadModelStore, rows: WorkRows
) -> Difference | Literal["moved"] | None:
    """Compares one stream at a checkpoint, and stores what is right only while it is still there:
    the fold itself never writes in between."""
    for _ in range(ROUNDS_MAX):
        progress = await store.progress(Recovery.name)
        row = await rows.row(stream)
        last = await _last(log, stream, revision)
        if last is not None and last.position > progress.position:
            return None  # the projection comes to it
        change = await _right(stream, last)
        kind = _difference(row, change)
        if kind is None:
            return None
        step = Step(
            projection=Recovery.name,
            after=progress.position,
            epoch=progress.epoch,
            position=progress.position,
            recorded_at=None,
            changes=(change,),
        )
        try:
            await store.apply(step)
        except (LeaseLost, ParkedChanged):
            continue
        return Difference(stream=stream, kind=kind)
    return "moved"


async def _right(stream: str, last: RecordedEvent | None) -> Change:
    """What the stream's last event makes of its row; one that the log does not hold has none."""
    if last is None:
        return Remove(RECOVERY, (stream,))
    (change,) = await Recovery().project(last)
    return change


async def _last(log: Log, stream: str, revision: Revision) -> RecordedEvent | None:
    """The newest event, read from a revision that it once had."""
    for first in (revision, 0):
        found: RecordedEvent | None = None
        while page := await _read(
            log.read_stream(
                stream,
                from_revision=first if found is None else found.revision + 1,
                limit=PAGE_EVENTS,
            )
        ):
            found = page[-1]
        if found is not None:
            return found
    return None


async def _read(reading: Awaitable[list[RecordedEvent]]) -> list[RecordedEvent]:
    try:
        return await reading
    except Interrupted:
        raise
    except Exception as failure:
        raise LogUnavailable(f"the log could not be read: {failure}") from failure


def _difference(row: Row | None, right: Change) -> Kind | None:
    wanted = right.row if isinstance(right, Put) else None
    if _same(row, wanted):
        return None
    if row is None:
        return "missing"
    return "left over" if wanted is None else "stale"


def _same(row: Row | None, wanted: Row | None) -> bool:
    """But for what is the workers' own."""
    if row is None or wanted is None:
        return row is wanted
    return _said(row) == _said(wanted)


def _said(row: Row) -> _Said:
    """Short, for there may be many."""
    revision = row["revision"]
    if not isinstance(revision, int):
        raise TypeError(f"{row['stream']}: a revision is a number")
    values = tuple(row[name] for name in SAID)
    return revision, hash(values)


def _part_of(stream: str, parts: int) -> int:
    return crc32(stream.encode()) % parts
