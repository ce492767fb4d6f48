"""Reads, always from the leader and always bounded in time. Appends nothing."""

from __future__ import annotations

import asyncio
from typing import Final

import grpc
import grpc.aio
from esdbclient.protos.Grpc.streams_pb2 import ReadReq, ReadResp

from adapters.event_store.eventstoredb import messages
from adapters.event_store.eventstoredb.connection import Connection
from adapters.event_store.eventstoredb.errors import NoLeader, StoreClosed
from adapters.event_store.eventstoredb.link import LeaderLink
from adapters.event_store.eventstoredb.tasks import CallCancelled, describe, is_being_cancelled
from application.ports.event_store import READ_EVENTS_MAX, StoreUnavailable, StreamNotWhole
from domain.log import BEFORE_FIRST, Position, RecordedEvent, Revision

STREAM_READ_TIMEOUT_S: Final = 5.0  # in all, over every leader tried
ALL_READ_TIMEOUT_S: Final = 30.0  # a filtered read may pass over very many events
TRY_TIMEOUT_S: Final = 2.0  # of a stream read from one leader

# The server understood the request and will say no again.
FOR_GOOD: Final = frozenset({
    grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNKNOWN,
})  # fmt: skip


class Reader:
    def __init__(self, link: LeaderLink) -> None:
        self._link = link

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
        """See EventStore.read_all."""
        limit = _bounded(limit)
        # The server includes the event at the start, so one more is asked for.
        request = messages.all_request(start=after, limit=limit + 1)
        events = await self._read(request, ALL_READ_TIMEOUT_S, ALL_READ_TIMEOUT_S, whole_log=True)
        return [event for event in events if event.position > after][:limit]

    async def head(self) -> Position:
        """See EventStore.head."""
        newest = await self._read(
            messages.newest_request(), ALL_READ_TIMEOUT_S, ALL_READ_TIMEOUT_S, whole_log=True
        )
        return newest[0].position if newest else BEFORE_FIRST

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
