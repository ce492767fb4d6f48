"""Whether the log takes writes, told by how its appends fare."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import cast
from uuid import uuid4

import pytest

from adapters.event_store.attended import (
    BELIEVED_S,
    WAITS_S_MAX,
    AttendedStore,
    LogTakesNoWrites,
)
from application.ports.event_store import (
    AccessRefused,
    Appended,
    AppendNotSent,
    AppendRefused,
    EventStore,
    FateUnknown,
    StoreBusy,
    StoreFailure,
    StreamNotWhole,
    WrongRevision,
)
from domain.log import NO_STREAM, NewEvent, Revision
from tests.health.test_checks import Clock

STORED = Appended(revision=0, position=0)


class Scripted:
    """A store whose appends do what they are told."""

    def __init__(self, does: Callable[[], object]) -> None:
        self.does = does

    async def append(
        self,
        stream: str,
        expected: Revision,
        events: Sequence[NewEvent],
        *,
        timeout_s: float | None = None,
    ) -> Appended:
        done = self.does()
        if isinstance(done, BaseException):
            raise done
        if isinstance(done, asyncio.Event):
            await done.wait()
        return STORED


class Log:
    def __init__(self, does: Callable[[], object] = lambda: None) -> None:
        self.clock, self.inner = Clock(), Scripted(does)
        self.store = AttendedStore(cast(EventStore, self.inner), self.clock)

    async def append(self) -> Appended:
        event = NewEvent(id=uuid4(), type="Any", data=b"{}", metadata=b"{}")
        return await self.store.append("payment-1", NO_STREAM, [event])

    async def fails(self, failure: BaseException) -> None:
        self.inner.does = lambda: failure
        with pytest.raises(type(failure)):
            await self.append()

    def takes_writes(self) -> bool:
        try:
            self.store.takes_writes()
        except LogTakesNoWrites:
            return False
        return True


async def waiting_on(log: Log, event: asyncio.Event) -> asyncio.Task[Appended]:
    log.inner.does = lambda: event
    task = asyncio.create_task(log.append())
    await asyncio.sleep(0)
    return task


async def test_a_log_of_which_nothing_is_known_is_believed() -> None:
    assert Log().takes_writes()


async def test_an_append_that_hangs_says_so_until_it_is_stored() -> None:
    """A disk that is full, a server that is frozen: the store repeats it."""
    log, room = Log(), asyncio.Event()
    hanging = await waiting_on(log, room)
    log.clock.now = WAITS_S_MAX
    assert log.takes_writes()
    log.clock.now = 10_000.0
    assert not log.takes_writes()
    room.set()
    assert await hanging == STORED
    assert log.takes_writes()


async def test_a_long_queue_that_gets_on_is_no_outage() -> None:
    log = Log()
    hanging = await waiting_on(log, asyncio.Event())
    for _ in range(20):
        log.clock.now += WAITS_S_MAX
        log.inner.does = lambda: None
        await log.append()
        assert log.takes_writes()
    hanging.cancel()


async def test_what_its_caller_gave_up_is_followed_to_its_fate() -> None:
    log = Log()
    fate: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    await log.fails(FateUnknown("sent", fate))
    log.clock.now = 10_000.0
    assert not log.takes_writes()
    fate.set_result(None)
    await asyncio.sleep(0)
    assert log.takes_writes()


@pytest.mark.parametrize(
    "failure",
    [
        AppendNotSent("queued"),
        StoreBusy("full"),
        AccessRefused("wrong credentials"),
        FateUnknown("nobody tells"),
        StoreFailure("refused by the database: read-only transaction"),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_a_failure_is_believed_for_a_while(failure: StoreFailure) -> None:
    log = Log()
    await log.fails(failure)
    assert not log.takes_writes()
    log.clock.now = BELIEVED_S
    assert not log.takes_writes()
    log.clock.now += 0.1
    assert log.takes_writes()


async def test_the_next_append_that_is_stored_ends_it() -> None:
    log = Log()
    await log.fails(StoreBusy("full"))
    log.clock.now = 1.0
    log.inner.does = lambda: None
    await log.append()
    assert log.takes_writes()


@pytest.mark.parametrize(
    "failure",
    [
        WrongRevision("payment-1", 3, 4),
        AppendRefused("malformed", nothing_stored=True),
        StreamNotWhole("deleted"),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_what_is_the_streams_own_trouble_says_nothing_of_the_log(
    failure: StoreFailure,
) -> None:
    log = Log()
    await log.fails(failure)
    assert log.takes_writes()
    await log.fails(StoreBusy("full"))
    await log.fails(failure)
    assert not log.takes_writes()


async def test_a_caller_that_is_gone_leaves_nothing_behind() -> None:
    log = Log()
    hanging = await waiting_on(log, asyncio.Event())
    hanging.cancel()
    await asyncio.wait({hanging})
    log.clock.now = 10_000.0
    assert log.takes_writes()
