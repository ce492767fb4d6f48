"""Reads, always from the leader and always bounded in time. Appends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final

import grpc
import grpc.aio
from esdbclient.protos.Grpc.streams_pb2 import ReadReq, ReadResp

from adapters.event_store.eventstoredb import messages
from adapters.event_store.eventstoredb.connection import Connection
from adapters.event_store.eventstoredb.errors import NoLeader, StoreClosed
from adapters.event_store.eventstoredb.link import LeaderLink
from adapters.event_store.eventstoredb.subscription import Subscription
from adapters.event_store.eventstoredb.tasks import (
    FOR_GOOD,
    CallCancelled,
    describe,
    is_being_cancelled,
)
from application.ports.event_store import READ_EVENTS_MAX, StoreUnavailable, StreamNotWhole
from domain.log import (
    BEFORE_FIRST,
    STREAM_PREFIXES,
    CaughtUp,
    Checkpoint,
    Delivery,
    Position,
    RecordedEvent,
    Revision,
)

STREAM_READ_TIMEOUT_S: Final = 5.0  # in all, over every leader tried
ALL_READ_SILENCE_S: Final = 30.0  # of a read of the whole log, without any sign of life
PASSED_MAX: Final = 64
METADATA_PREFIX: Final = "$$"  # of the stream that holds a stream's metadata
METADATA_STREAMS_MAX: Final = 10_000
TRY_TIMEOUT_S: Final = 2.0  # of a stream read from one leader


class Reader:
    def __init__(self, link: LeaderLink) -> None:
        self._link = link
        # Nothing of ours stands between the one and the other.
        self._passed: dict[Position, Position] = {}

    async def read_stream(
        self, stream: str, *, from_revision: Revision | None, backwards: bool, limit: int
    ) -> list[RecordedEvent]:
        """See EventStore.read_stream."""
        if from_revision is not None and from_revision < 0:
            if backwards:
                return []  # everything before the first event
            from_revision = None
        request = messages.stream_request(
            stream, from_revision=from_revision, backwards=backwards, limit=_bounded(limit)
        )
        return await self._read(request, STREAM_READ_TIMEOUT_S, TRY_TIMEOUT_S, whole_log=False)

    async def read_all(self, *, after: Position, limit: int) -> list[RecordedEvent]:
        """See EventStore.read_all. By a subscription, whose checkpoints are signs of life while it
        passes over what others wrote; how far that reaches is remembered, and passed once."""
        limit = _bounded(limit)
        events = list[RecordedEvent]()
        subscription = Subscription(self._link, self._passed.get(after, after), waits=False)
        async with aclosing(self._stored(subscription)) as deliveries:
            async for delivery in deliveries:
                if isinstance(delivery, RecordedEvent):
                    events.append(delivery)
                elif isinstance(delivery, Checkpoint):
                    # Also behind the last of ours: who asks there next begins here.
                    last = events[-1].position if events else after
                    self._note_passed(last, delivery.position)
                if len(events) == limit:
                    break
        return events

    async def metadata(self) -> dict[str, bytes]:
        """By stream, of those whose names begin as ours do: the newest metadata that somebody
        wrote, as JSON. Passes over the whole log. Raises StoreUnavailable."""
        found: dict[str, bytes] = {}
        prefixes = tuple(f"{METADATA_PREFIX}{one}" for one in STREAM_PREFIXES)
        subscription = Subscription(self._link, BEFORE_FIRST, waits=False, prefixes=prefixes)
        async with aclosing(self._stored(subscription)) as deliveries:
            async for delivery in deliveries:
                if isinstance(delivery, RecordedEvent):
                    stream = delivery.stream.removeprefix(METADATA_PREFIX)
                    if stream in found or len(found) < METADATA_STREAMS_MAX:
                        found[stream] = delivery.data
        return found

    async def _stored(self, subscription: Subscription) -> AsyncGenerator[Delivery, None]:
        """What is stored, to its end. Raises StoreUnavailable, AccessRefused."""
        self._link.access.check(whole_log=True)
        loop = asyncio.get_running_loop()
        async with aclosing(subscription.deliveries()) as deliveries:
            silent_at = loop.time() + ALL_READ_SILENCE_S
            while True:
                try:
                    async with asyncio.timeout_at(silent_at):
                        delivery = await anext(deliveries)
                except TimeoutError:
                    why = describe(subscription.failure)
                    said = f"nothing read for {ALL_READ_SILENCE_S} s: {why}"
                    raise StoreUnavailable(said) from None
                if isinstance(delivery, CaughtUp):
                    return
                yield delivery
                silent_at = loop.time() + ALL_READ_SILENCE_S

    async def head(self) -> Position:
        """See EventStore.head."""
        newest = await self._read(
            messages.newest_request(), STREAM_READ_TIMEOUT_S, TRY_TIMEOUT_S, whole_log=True
        )
        return newest[0].position if newest else BEFORE_FIRST

    def _note_passed(self, after: Position, reached: Position) -> None:
        self._passed[after] = reached
        while len(self._passed) > PASSED_MAX:
            del self._passed[next(iter(self._passed))]

    async def locate(self, stream: str, revision: Revision) -> Position | None:
        """Position of one event; None when it cannot be seen. Raises StoreUnavailable."""
        try:
            events = await self.read_stream(
                stream, from_revision=revision, backwards=False, limit=1
            )
        except StreamNotWhole:
            return None
        return events[0].position if events and events[0].revision == revision else None

    async def _read(
        self, request: ReadReq, timeout_s: float, try_timeout_s: float, *, whole_log: bool
    ) -> list[RecordedEvent]:
        access = self._link.access
        access.check(whole_log=whole_log)
        failure: object = "no connection"
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    try:
                        connection = await self._link.connection()
                    except StoreClosed:
                        raise StoreUnavailable("the store is closed") from None
                    except NoLeader as no_leader:
                        failure = no_leader
                        continue
                    try:
                        events = await self._read_once(connection, request, try_timeout_s)
                    except grpc.aio.AioRpcError as refused:
                        if told := access.refusal(refused, whole_log=whole_log):
                            raise told from None
                        raise_for_good(refused)
                        failure = describe(refused)
                        await self._link.drop(connection, refused)
                    except CallCancelled as cancelled:
                        failure = cancelled
                    else:
                        self._link.works()
                        access.granted(whole_log=whole_log)
                        return events
        except TimeoutError:
            raise StoreUnavailable(f"not read within {timeout_s} s: {failure}") from None

    async def _read_once(
        self, connection: Connection, request: ReadReq, timeout_s: float
    ) -> list[RecordedEvent]:
        call = connection.read(request, timeout_s)
        events = []
        try:
            while isinstance(message := await call.read(), ReadResp):
                if message.WhichOneof("content") == "event":
                    events.append(messages.recorded(message.event.event))
        except asyncio.CancelledError:
            if is_being_cancelled():
                raise
            raise CallCancelled("its connection was closed") from None
        finally:
            call.cancel()
        return events


def raise_for_good(refused: grpc.aio.AioRpcError) -> None:
    """Raises what a repeat cannot help: StreamNotWhole, StoreUnavailable."""
    if refused.code() is grpc.StatusCode.FAILED_PRECONDITION:
        raise StreamNotWhole(f"deleted for good on the server: {refused.details()}") from None
    if refused.code() in FOR_GOOD:
        raise StoreUnavailable(describe(refused)) from None


def _bounded(limit: int) -> int:
    if limit < 1:
        raise ValueError("a read asks for at least one event")
    return min(limit, READ_EVENTS_MAX)
