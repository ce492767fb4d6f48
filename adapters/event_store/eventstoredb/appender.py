"""The append path: one multiplexed call per process, and every append followed to its fate.

An append ends as stored, as a conflict, or refused for good; whatever is ambiguous is sent again
with the same event ids and revision. Its caller may stop waiting before that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import grpc.aio

from adapters.event_store.eventstoredb.answers import Answer
from adapters.event_store.eventstoredb.errors import NoLeader, StoreClosed
from adapters.event_store.eventstoredb.fates import Repeat, StoredUnseen, fate_of
from adapters.event_store.eventstoredb.link import LeaderLink
from adapters.event_store.eventstoredb.pending import PendingAppend
from adapters.event_store.eventstoredb.queue import AppendQueue
from adapters.event_store.eventstoredb.session import WINDOW_APPENDS, AppendSession, CallBroken
from adapters.event_store.eventstoredb.tasks import CallCancelled
from application.ports.event_store import (
    AccessRefused,
    Appended,
    AppendNotSent,
    FateUnknown,
    StoreFailure,
    StoreUnavailable,
    StreamNotWhole,
)
from domain.log import NewEvent, Position, Revision

CLOSE_TIMEOUT_S: Final = 5.0
UNFORESEEN_PAUSE_S: Final = 0.5

_log = logging.getLogger(__name__)


class Appender:
    def __init__(
        self,
        link: LeaderLink,
        locate: Callable[[str, Revision], Awaitable[Position | None]],
        *,
        window: int = WINDOW_APPENDS,
    ) -> None:
        """`locate` reads the position of a stored event, None when nobody can see it."""
        self._link, self._locate = link, locate
        self._window = window
        self._queue = AppendQueue()
        self._news = asyncio.Event()
        self._session: AppendSession | None = None
        self._runner: asyncio.Task[None] | None = None
        self._helpers: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def queued(self) -> int:
        """Appends not yet settled, sent or not."""
        return len(self._queue)

    async def append(
        self,
        stream: str,
        expected: Revision,
        events: Sequence[NewEvent],
        timeout_s: float | None,
    ) -> Appended:
        """See EventStore.append."""
        append = PendingAppend(stream, expected, events)
        if self._closed:
            raise AppendNotSent("the store is closed")
        self._link.access.check()
        self._queue.offer(append)
        self._wake()
        if self._runner is None:
            self._runner = asyncio.create_task(self._run(), name="eventstoredb-appends")
        loop = asyncio.get_running_loop()
        timer = None if timeout_s is None else loop.call_later(timeout_s, self._give_up, append)
        try:
            return await append.waiter
        finally:
            if timer is not None:
                timer.cancel()
            if append.waiter.cancelled() and not append.sent:
                self._queue.withdraw(append)

    async def aclose(self) -> None:
        """Waits for the fate of all appends, at most CLOSE_TIMEOUT_S, then stops."""
        self._closed = True
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._queue.empty.wait()
        except TimeoutError:
            _log.error("closed with %s appends whose fate is not known", len(self._queue))
        stopping = [*self._helpers, *([self._runner] if self._runner else [])]
        for task in stopping:
            task.cancel()
        await asyncio.gather(*stopping, return_exceptions=True)
        for append in self._queue.members():
            failure = FateUnknown if append.sent else AppendNotSent
            append.is_settled()
            append.fail(failure(f"{append.stream}: the store was closed"))

    def _give_up(self, append: PendingAppend) -> None:
        if append.waiter.done():
            return
        if append.sent:
            append.give_up("sent, not answered in time; repeated on")
        else:
            self._queue.withdraw(append)
            append.fail(AppendNotSent(f"{append.stream}: still queued when its time ran out"))

    async def _run(self) -> None:
        while True:
            if not self._queue:
                self._news.clear()
                await self._news.wait()
            try:
                await self._link.access.turn()
                await self._follow_one_call()
            except StoreClosed:
                return
            except AccessRefused as refused:
                self._refuse(refused)
            except NoLeader as failure:
                _log.debug("appends wait: %s", failure)
            except Exception:
                _log.exception("the append call ended in an unforeseen way; it is opened again")
                await asyncio.sleep(UNFORESEEN_PAUSE_S)

    async def _follow_one_call(self) -> None:
        connection = await self._link.connection()
        session = AppendSession(
            connection.batch_append(),
            self._queue,
            self._settle,
            self._link.doubt,
            window=self._window,
        )
        self._session = session
        refused: AccessRefused | None = None
        try:
            await session.run()
        except (CallBroken, CallCancelled, grpc.aio.AioRpcError) as failure:
            # Whoever is not let in is told so when the call begins, before anything is looked at.
            refused = None if session.answered else self._link.access.refusal(failure)
            if refused is None:
                await self._link.drop(connection, failure)
        finally:
            self._session = None
            unanswered = session.unanswered()
            for append in unanswered:
                append.repeats += refused is None
            self._queue.give_back(unanswered)
        if refused is not None:
            raise refused

    def _refuse(self, refused: AccessRefused) -> None:
        """Of what was never left without an answer nothing is stored: its callers are told. The
        rest may be stored, and is repeated when we are let in."""
        kept = []
        while (append := self._queue.take()) is not None:
            if append.repeats:
                kept.append(append)
            else:
                self._conclude(append, AccessRefused(f"{append.stream}: {refused}"))
        self._queue.give_back(kept)

    def _settle(self, append: PendingAppend, answer: Answer) -> None:
        match fate_of(append, answer):
            case Repeat(reason, ambiguous):
                self._repeat(append, reason, ambiguous=ambiguous)
            case StoredUnseen():
                self._link.works()
                helper = asyncio.create_task(self._find(append))
                self._helpers.add(helper)
                helper.add_done_callback(self._helpers.discard)
            case fate:
                self._link.works()
                self._link.access.granted()
                self._conclude(append, fate)

    def _repeat(self, append: PendingAppend, reason: str, *, ambiguous: bool) -> None:
        self._link.doubt()
        if not ambiguous:  # the session paces these
            self._queue.give_back([append])
            return
        append.repeats += 1
        _log.debug("append to %s is repeated: %s", append.stream, reason)
        delay_s = append.backoff.next_s()
        asyncio.get_running_loop().call_later(delay_s, self._again, append)

    def _again(self, append: PendingAppend) -> None:
        self._queue.give_back([append])
        self._wake()

    async def _find(self, append: PendingAppend) -> None:
        """A repeat may be answered without its position: it is looked up."""
        while True:
            try:
                position = await self._locate(append.stream, append.last_revision)
            except StoreUnavailable:
                await asyncio.sleep(append.backoff.next_s())
                continue
            if position is None:
                self._conclude(append, StreamNotWhole(
                    f"{append.stream}: stored up to revision {append.last_revision}, which nobody"
                    " can read; was the stream deleted or truncated?"
                ))  # fmt: skip
            else:
                self._conclude(append, Appended(append.last_revision, position))
            return

    def _conclude(self, append: PendingAppend, fate: Appended | StoreFailure) -> None:
        if isinstance(fate, StreamNotWhole):
            _log.critical("ALARM: %s", fate)
        append.is_settled()
        if append.waiter.done():
            _log.info("fate of an append that nobody waits for: %s: %s", append.stream, fate)
        elif isinstance(fate, Appended):
            append.waiter.set_result(fate)
        else:
            append.waiter.set_exception(fate)
        self._queue.release(append)
        self._wake()

    def _wake(self) -> None:
        self._news.set()
        if self._session is not None:
            self._session.wake()
