"""The memory adapters with a script of what goes wrong: appends that fail, answers that are lost,
a cache that is away.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from adapters.event_store.memory import MemoryEventStore
from adapters.hot_state.memory import MemoryHotState
from adapters.read_models.memory.work_list import shared
from application.ports.event_store import READ_EVENTS_MAX, Appended, FateUnknown, StoreFailure
from application.ports.hot_state import Begun, HotStateUnavailable, Lock, StoredAnswer
from application.ports.work_list import AT_ONCE
from domain.chain import decode_metadata
from domain.due import DueStream
from domain.log import BEFORE_FIRST, NO_STREAM, Delivery, NewEvent, Position, RecordedEvent

FOR_EVER: Final = 10**6
NEVER_S: Final = 10.0**9
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Fault:
    """`is_stored`: only the answer is lost."""

    fact: str
    failure: StoreFailure
    left: int
    passes: int = 0
    is_stored: bool = False
    hangs: bool = False

    def strikes(self, types: Sequence[str]) -> bool:
        if self.fact not in types or not self.left:
            return False
        if self.passes:
            self.passes -= 1
            return False
        self.left -= 1
        return True


class ScriptedStore:
    """An EventStore. `appends`: the types of every append that came, stored or not."""

    def __init__(self, inner: MemoryEventStore) -> None:
        self._inner = inner
        self._faults: list[_Fault] = []
        self.appends: list[list[str]] = []
        self.continues_at = 0  # revisions that a deleted stream had before
        self.reads_fail: StoreFailure | None = None
        self.reads_take_s = 0.0  # what is read then is old by that much
        self.page_events = READ_EVENTS_MAX

    def fails(
        self, fact: type, failure: StoreFailure, *, times: int = FOR_EVER, first: int = 0
    ) -> None:
        """The next appends that hold such a fact are not stored, from number `first` on."""
        self._faults.append(_Fault(fact.__name__, failure, times, first))

    def loses_answer_of(self, fact: type, *, times: int = 1) -> None:
        """The next appends that hold such a fact are stored, and nobody hears of it."""
        lost = FateUnknown("sent, not answered in time")
        self._faults.append(_Fault(fact.__name__, lost, times, is_stored=True))

    def hangs(self, fact: type, *, first: int = 0) -> None:
        """Nothing is heard of the appends that hold such a fact, from number `first` on."""
        unheard = FateUnknown("sent, not answered in time")
        self._faults.append(_Fault(fact.__name__, unheard, FOR_EVER, first, hangs=True))

    def heals(self) -> None:
        self._faults.clear()
        self.reads_fail = None
        self.reads_take_s = 0.0
        self.continues_at = 0

    def stalled(self) -> AbstractAsyncContextManager[None]:
        return self._inner.stalled()

    async def append(
        self,
        stream: str,
        expected: int,
        events: Sequence[NewEvent],
        *,
        timeout_s: float | None = None,
    ) -> Appended:
        types = [one.type for one in events]
        self.appends.append(types)
        fault = next((one for one in self._faults if one.strikes(types)), None)
        if fault is not None and fault.hangs:
            await asyncio.sleep(NEVER_S if timeout_s is None else timeout_s)
        if fault is not None and not fault.is_stored:
            raise fault.failure
        stored = await self._inner.append(stream, expected, events, timeout_s=timeout_s)
        if fault is not None:
            raise fault.failure
        before = self.continues_at if expected == NO_STREAM else 0
        return Appended(stored.revision + before, stored.position)

    async def read_stream(
        self,
        stream: str,
        *,
        from_revision: int | None = None,
        backwards: bool = False,
        limit: int = READ_EVENTS_MAX,
    ) -> list[RecordedEvent]:
        if self.reads_fail is not None:
            raise self.reads_fail
        fits = min(limit, self.page_events)
        events = await self._inner.read_stream(
            stream, from_revision=from_revision, backwards=backwards, limit=fits
        )
        await asyncio.sleep(self.reads_take_s)
        if self.continues_at:
            return [replace(one, revision=one.revision + self.continues_at) for one in events]
        return events

    async def read_all(
        self, *, after: Position, limit: int = READ_EVENTS_MAX
    ) -> list[RecordedEvent]:
        return await self._inner.read_all(after=after, limit=limit)

    async def head(self) -> Position:
        return await self._inner.head()

    def subscribe(self, *, after: Position) -> AsyncIterator[Delivery]:
        return self._inner.subscribe(after=after)

    async def aclose(self) -> None:
        await self._inner.aclose()


class ScriptedHotState:
    """A HotState that can be emptied and can be away."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._inner = MemoryHotState(monotonic)
        self.is_away = False
        self.begins_after_s = 0.0
        self.lifetimes_s: list[tuple[str, float]] = []  # of the marks and answers it was given

    def forget(self) -> None:
        self._inner = MemoryHotState(self._monotonic)

    @property
    def _state(self) -> MemoryHotState:
        if self.is_away:
            raise HotStateUnavailable("away")
        return self._inner

    async def begin(self, command: UUID, *, running_ttl_s: float) -> Begun:
        self.lifetimes_s.append(("mark", running_ttl_s))
        await asyncio.sleep(self.begins_after_s)
        return await self._state.begin(command, running_ttl_s=running_ttl_s)

    async def conclude(self, command: UUID, answer: StoredAnswer, *, ttl_s: float) -> None:
        self.lifetimes_s.append(("answer", ttl_s))
        await self._state.conclude(command, answer, ttl_s=ttl_s)

    async def abandon(self, command: UUID) -> None:
        await self._state.abandon(command)

    async def wait(self, command: UUID, *, timeout_s: float) -> StoredAnswer | None:
        return await self._state.wait(command, timeout_s=timeout_s)

    async def lock(self, name: str, *, ttl_s: float) -> Lock | None:
        return await self._state.lock(name, ttl_s=ttl_s)

    async def unlock(self, lock: Lock) -> bool:
        return await self._state.unlock(lock)

    async def record_outcome(self, gateway: str, method: str, *, ok: bool, minute: int) -> None:
        await self._state.record_outcome(gateway, method, ok=ok, minute=minute)

    async def recent_outcomes(
        self, gateways: list[str], method: str, *, minute: int, minutes: int
    ) -> dict[str, tuple[int, int]]:
        return await self._state.recent_outcomes(gateways, method, minute=minute, minutes=minutes)

    async def aclose(self) -> None:
        await self._inner.aclose()


class LogWorkList:
    """A WorkList that is always up to date: metadata folded anew at every question."""

    def __init__(self, store: ScriptedStore) -> None:
        self._store = store
        self.deferred: dict[tuple[str, int], tuple[datetime, int]] = {}

    async def due(
        self,
        now: datetime,
        limit: int,
        *,
        ahead: timedelta = AT_ONCE,
        share: int | None = None,
    ) -> list[DueStream]:
        soon = [one for one in await self._waiting() if one.recover_after <= now + ahead]
        waiting = [one for one in soon if self._put_off_until(one) <= now]
        ordered = sorted(waiting, key=lambda one: one.recover_after)
        return shared(ordered, share or limit)[:limit]

    async def defer(self, stream: str, revision: int, until: datetime, tries: int) -> bool:
        current = {one.stream: one.revision for one in await self._waiting()}
        if current.get(stream) != revision:
            return False
        self.deferred[stream, revision] = (until, tries)
        return True

    async def next_at(self) -> datetime | None:
        """When the first of them comes up."""
        return min([self._from(one) for one in await self._waiting()], default=None)

    def _from(self, one: DueStream) -> datetime:
        return max(one.recover_after, self._put_off_until(one))

    def _put_off_until(self, one: DueStream) -> datetime:
        return self.deferred.get((one.stream, one.revision), (LONG_AGO, 0))[0]

    async def _waiting(self) -> list[DueStream]:
        newest = {one.stream: one for one in await self._store.read_all(after=BEFORE_FIRST)}
        found = []
        for event in newest.values():
            metadata = decode_metadata(event.metadata)
            if metadata.recover_after is None:
                continue
            _, tries = self.deferred.get((event.stream, event.revision), (None, 0))
            found.append(
                DueStream(
                    stream=event.stream,
                    revision=event.revision,
                    merchant=metadata.merchant,
                    owner=metadata.owner,
                    recover_after=metadata.recover_after,
                    tries=tries,
                    waits_for=metadata.waits_for,
                )
            )
        return found
