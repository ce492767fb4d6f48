"""The event log of the simulated world, and the way to it with its faults.

SimLog is the server: it stores or refuses, at once. SimStore is one process's client library: it
sends, sends again with the same ids until it knows, and gives up waiting when its caller does.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any, Final

from application.ports.event_store import (
    READ_EVENTS_MAX,
    Appended,
    AppendNotSent,
    FateUnknown,
    StoreBusy,
    StoreUnavailable,
    WrongRevision,
)
from domain.log import (
    BEFORE_FIRST,
    NO_STREAM,
    Delivery,
    NewEvent,
    Position,
    RecordedEvent,
    Revision,
)
from tests.simulation.faults import Faults
from tests.simulation.kernel import Future, Kernel, sleep
from tests.simulation.life import EPOCH, Life
from tests.simulation.witness import Witness

RESEND_S: Final = 0.4
HANG_S: Final = 12.0
LATE_S: Final = 6.0
READ_LATE_S: Final = 3.0


class SimLog:
    """Streams in memory. Positions rise with gaps, as those of a real log do."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self.streams: dict[str, list[RecordedEvent]] = {}
        self.events: list[RecordedEvent] = []
        self.stored_at: list[float] = []
        self._ring: list[Future] = []

    def commit(
        self, stream: str, expected: Revision, events: Sequence[NewEvent]
    ) -> Appended | WrongRevision:
        """Stores all or nothing; a repeat with the same ids changes nothing and succeeds."""
        stored = self.streams.get(stream)
        last = len(stored) - 1 if stored else NO_STREAM
        if expected == last:
            return self._store(stream, last, events)
        if stored and expected < last:
            first = expected + 1
            known = stored[first : first + len(events)]
            if [one.id for one in known] == [one.id for one in events]:
                return Appended(revision=known[-1].revision, position=known[-1].position)
        return WrongRevision(stream, expected, last)

    def after(self, position: Position) -> list[RecordedEvent]:
        place = len(self.events)
        while place and self.events[place - 1].position > position:
            place -= 1
        return self.events[place:]

    def bell(self) -> Future:
        """Done as soon as something is stored."""
        future = self._kernel.future()
        self._ring.append(future)
        return future

    def _store(self, stream: str, last: Revision, events: Sequence[NewEvent]) -> Appended:
        kept = self.streams.setdefault(stream, [])
        now = EPOCH + timedelta(seconds=self._kernel.now)
        position = self.events[-1].position + 2 if self.events else 1
        for event in events:
            last += 1
            position += 1
            recorded = RecordedEvent(
                id=event.id,
                type=event.type,
                data=event.data,
                metadata=event.metadata,
                stream=stream,
                revision=last,
                position=position,
                recorded_at=now,
            )
            kept.append(recorded)
            self.events.append(recorded)
            self.stored_at.append(self._kernel.now)
        ringing, self._ring = self._ring, []
        for bell in ringing:
            bell.set()
        return Appended(revision=last, position=position)


class _Append:
    """On its way until its fate is known."""

    __slots__ = ("events", "expected", "fate", "sent", "stream")

    def __init__(
        self, stream: str, expected: Revision, events: tuple[NewEvent, ...], fate: Future
    ) -> None:
        self.stream, self.expected, self.events, self.fate = stream, expected, events, fate
        self.sent = 0


class SimStore:
    """An EventStore of one life. At most one append per stream is on its way."""

    def __init__(
        self, log: SimLog, life: Life, faults: Faults, random: Random, witness: Witness
    ) -> None:
        self._log, self._life, self._faults = log, life, faults
        self._kernel, self._random, self._witness = life.kernel, random, witness
        self._on_its_way: dict[str, Future] = {}

    async def append(
        self,
        stream: str,
        expected: Revision,
        events: Sequence[NewEvent],
        *,
        timeout_s: float | None = None,
    ) -> Appended:
        name = events[0].type
        self._life.step(f"append {name}")
        if self._faults.hits("store_busy"):
            raise StoreBusy("simulated")
        deadline = None if timeout_s is None else self._kernel.now + timeout_s
        await self._turn(stream, timeout_s)
        append = _Append(stream, expected, tuple(events), self._kernel.future())
        self._on_its_way[stream] = append.fate
        self._send(append)
        left = None if deadline is None else deadline - self._kernel.now
        known = await self._kernel.within(append.fate, left)
        self._life.step(f"appended {name}")
        if not known:
            self._witness.mark("append's fate unknown at its deadline")
            raise FateUnknown(stream, append.fate)
        outcome: Appended | WrongRevision = append.fate.value
        if isinstance(outcome, WrongRevision):
            self._witness.mark(f"conflict lost with {name}")
            raise outcome
        return outcome

    async def read_stream(
        self,
        stream: str,
        *,
        from_revision: Revision | None = None,
        backwards: bool = False,
        limit: int = READ_EVENTS_MAX,
    ) -> list[RecordedEvent]:
        self._life.step("read")
        if self._faults.hits("read_failed"):
            await sleep(1.0)
            raise StoreUnavailable("simulated")
        await sleep(self._random.random() * 0.004)
        events = self._log.streams.get(stream, [])
        found = events[::-1] if backwards else events[from_revision or 0 :][:limit]
        if self._faults.hits("read_delayed"):
            await sleep(self._random.random() * READ_LATE_S)
        self._life.step("have read")
        return found

    async def read_all(
        self, *, after: Position, limit: int = READ_EVENTS_MAX
    ) -> list[RecordedEvent]:
        self._life.step("read all")
        return self._log.after(after)[:limit]

    async def head(self) -> Position:
        return self._log.events[-1].position if self._log.events else BEFORE_FIRST

    def subscribe(self, *, after: Position) -> AsyncIterator[Delivery]:
        """Projections take their events from a feed (read_side.py)."""
        raise NotImplementedError

    async def aclose(self) -> None:
        """Nothing is held."""

    async def _turn(self, stream: str, timeout_s: float | None) -> None:
        """Behind the append of this stream that is on its way. Raises AppendNotSent."""
        dropped = self._faults.hits("append_not_sent") and timeout_s is not None
        deadline = None if timeout_s is None else self._kernel.now + timeout_s
        while (before := self._on_its_way.get(stream)) is not None and not before.done:
            left = None if deadline is None else deadline - self._kernel.now
            if not await self._kernel.within(before, left):
                dropped = True
                break
        if dropped:
            if deadline is not None:
                await sleep(deadline - self._kernel.now)
            self._life.step("append dropped")
            raise AppendNotSent(stream)

    def _send(self, append: _Append) -> None:
        """Until the fate is known or the process is gone. What is on its way arrives anyway."""
        if self._life.dead or append.fate.done:
            return
        append.sent += 1
        faults, random, at = self._faults, self._random, self._kernel.at
        if faults.hits("append_hangs"):
            at(HANG_S * (0.5 + random.random()), self._send, append)
            return
        if faults.hits("append_lost"):
            at(RESEND_S * (0.5 + random.random()), self._send, append)
            return
        if faults.hits("append_late"):
            at(RESEND_S, self._send, append)
            at(random.random() * LATE_S, self._land, (append, True))
            return
        answered = not faults.hits("append_unanswered")
        at(0.0005 + random.random() * 0.004, self._land, (append, answered))
        if not answered:
            at(RESEND_S * (0.5 + random.random()), self._send, append)

    def _land(self, what: tuple[_Append, bool]) -> None:
        append, answered = what
        outcome = self._log.commit(append.stream, append.expected, append.events)
        if self._life.dead:
            self._witness.mark("append landed after its process died")
        elif answered:
            self._kernel.at(0.0002 + self._random.random() * 0.002, self._hear, (append, outcome))

    def _hear(self, what: tuple[_Append, Any]) -> None:
        append, outcome = what
        if append.sent > 1 and isinstance(outcome, Appended) and not append.fate.done:
            self._witness.mark("append confirmed only after it was sent again")
        append.fate.set(outcome)
