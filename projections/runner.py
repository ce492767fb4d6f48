"""Carries one projection forward: batch after batch, each in one transaction with its checkpoint.

Decides what is poison and parks it. Never waits and never tries again after an interruption:
whoever runs it does (adapters/read_models/worker.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from domain.log import BEFORE_FIRST, Position, RecordedEvent, Revision, is_foreign
from domain.outside import words
from projections.failures import Interrupted, LeaseLost, ParkedChanged, TooManyParked
from projections.ports import (
    Batch,
    Feed,
    Observer,
    ParkedStream,
    Progress,
    Projector,
    ReadModelStore,
    Step,
)
from projections.tables import Change

TRIES_MAX: Final = 3  # of one event, before its stream is parked
PARKED_STREAMS_MAX: Final = 1_000  # beyond it the projection stops
UNSTORED_BATCHES_MAX: Final = 20  # of ignored events, before the checkpoint is moved
REASON_CHARS_MAX: Final = 500
TOMBSTONE_TYPE: Final = "$streamDeleted"  # what the server writes instead of a stream's past
DELETED: Final = "the stream was deleted for good on the server: its past is gone"


class Runner:
    """One at a time per instance; a second runner of the same projection loses its lease."""

    def __init__(
        self, projector: Projector, store: ReadModelStore, *, observer: Observer | None = None
    ) -> None:
        self._projector, self._store, self._observer = projector, store, observer
        self._progress = Progress(position=BEFORE_FIRST, epoch=0, parked=frozenset())
        self._unstored = 0
        self.steps = 0  # rises with everything it does: where it stands still, it waits or hangs

    @property
    def name(self) -> str:
        return self._projector.name

    @property
    def position(self) -> Position:
        """The checkpoint as this runner last stored or read it."""
        return self._progress.position

    async def run(self, feed: Feed) -> None:
        """From the checkpoint to the end of the feed, which is never for a live one.

        Raises Interrupted: run again and it resumes from the checkpoint.
        """
        self._projector.forget()
        self._progress = await self._store.progress(self._projector.name)
        self._unstored = 0
        async with aclosing(feed(self._progress.position)) as batches:
            async for batch in batches:
                await self._take(batch)

    async def _take(self, batch: Batch) -> None:
        self.steps += 1
        before = self._progress.position
        if batch.position <= before:
            return
        await self._apply(batch.events, batch.position, idle=batch.idle)
        if self._observer is not None and self._progress.position != before:
            count, position = len(batch.events), self._progress.position
            self._observer.applied(self._projector.name, events=count, position=position)

    async def _apply(self, events: Sequence[RecordedEvent], upto: Position, *, idle: bool) -> None:
        """Stores the batch; where something in it is poison, its halves, down to the one event
        that fails, so that everything else goes on."""
        failure = await self._attempt(events, upto, idle=idle)
        if failure is None:
            return
        if len(events) > 1:
            middle = len(events) // 2
            await self._apply(events[:middle], events[middle - 1].position, idle=True)
            await self._apply(events[middle:], upto, idle=True)
            return
        for _ in range(TRIES_MAX - 1):
            failure = await self._attempt(events, upto, idle=True)
            if failure is None:
                return
        await self._park(events[0], failure, upto)

    async def _attempt(
        self, events: Sequence[RecordedEvent], upto: Position, *, idle: bool
    ) -> Exception | None:
        """What made it fail, None when it is stored."""
        while True:
            try:
                await self._store_batch(events, upto, idle=idle)
            except ParkedChanged:
                self._projector.forget()
                await self._read_parked_again()
            except Interrupted:
                self._projector.forget()
                raise
            except Exception as failure:
                self._projector.forget()
                if not events:
                    raise
                return failure
            else:
                self._projector.keep()
                return None

    async def _store_batch(
        self, events: Sequence[RecordedEvent], upto: Position, *, idle: bool
    ) -> None:
        changes: list[Change] = []
        held: dict[str, Revision] = {}
        for event in events:
            self.steps += 1
            if is_foreign(event.stream):
                self._pass_over(event)
            elif event.stream in self._progress.parked:
                held[event.stream] = event.revision
            else:
                changes.extend(await self._projector.project(event))
        if not (changes or held or idle) and self._unstored < UNSTORED_BATCHES_MAX:
            self._unstored += 1
            return
        recorded_at = events[-1].recorded_at if events else None
        step = Step(
            projection=self._projector.name,
            after=self._progress.position,
            epoch=self._progress.epoch,
            position=upto,
            recorded_at=recorded_at,
            changes=changes,
            held=held,
        )
        await self._commit(step)

    def _pass_over(self, event: RecordedEvent) -> None:
        if self._observer is not None:
            self._observer.foreign(self._projector.name, event)

    async def _park(self, event: RecordedEvent, failure: Exception, upto: Position) -> None:
        if len(self._progress.parked) >= PARKED_STREAMS_MAX:
            raise TooManyParked(
                f"{self._projector.name}: {PARKED_STREAMS_MAX} streams are parked, stopped before"
                f" {event.stream} at revision {event.revision}"
            ) from failure
        parked = ParkedStream(
            stream=event.stream,
            revision=event.revision,
            last_revision=event.revision,
            type=event.type,
            position=event.position,
            recorded_at=event.recorded_at,
            reason=DELETED if event.type == TOMBSTONE_TYPE else reason_of(failure),
            tries=TRIES_MAX,
        )
        while True:
            step = Step(
                projection=self._projector.name,
                after=self._progress.position,
                epoch=self._progress.epoch,
                position=upto,
                recorded_at=event.recorded_at,
                parked=(parked,),
            )
            try:
                await self._commit(step)
                break
            except ParkedChanged:
                await self._read_parked_again()
        if self._observer is not None:
            self._observer.parked(self._projector.name, parked)

    async def _read_parked_again(self) -> None:
        """After a replay. What is at hand was read for this checkpoint and for no other."""
        found = await self._store.progress(self._projector.name)
        if found.position != self._progress.position:
            raise LeaseLost(f"{self._projector.name}: the checkpoint is at {found.position}")
        self._progress = found

    async def _commit(self, step: Step) -> None:
        await self._store.apply(step)
        self.steps += 1
        self._unstored = 0
        now_parked = self._progress.parked | {one.stream for one in step.parked}
        self._progress = replace(self._progress, position=step.position, parked=now_parked)


def reason_of(failure: Exception) -> str:
    """One line for people, bounded, without card numbers."""
    return words(f"{type(failure).__name__}: {failure}", REASON_CHARS_MAX)
