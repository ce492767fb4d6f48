"""Follows the filtered `$all` for ever: whatever breaks, it goes on behind the last delivery.

Raw calls, because the client library's subscriptions swallow a task's cancellation.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from typing import Final

import grpc
import grpc.aio
from esdbclient.protos.Grpc.streams_pb2 import ReadResp

from adapters.event_store.eventstoredb import messages, stubs
from adapters.event_store.eventstoredb.backoff import Backoff
from adapters.event_store.eventstoredb.connection import Connection
from adapters.event_store.eventstoredb.errors import NoLeader, StoreClosed
from adapters.event_store.eventstoredb.link import LeaderLink
from adapters.event_store.eventstoredb.tasks import (
    FOR_GOOD,
    CallCancelled,
    describe,
    is_being_cancelled,
)
from application.ports.event_store import AccessRefused, StoreUnavailable
from domain.log import STREAM_PREFIXES, CaughtUp, Checkpoint, Delivery, Position

SILENCE_S: Final = 5.0  # after which the leader is doubted: a deposed one says nothing
STALE_S: Final = 30.0  # then the place where it began may be far behind all that others wrote
UNKNOWNS_MAX: Final = 5  # failures of no known kind, in a row, before it gives up

_log = logging.getLogger(__name__)


class Subscription:
    """One reader of the log. `last` is how far it has come, `failure` what went wrong last."""

    def __init__(
        self,
        link: LeaderLink,
        after: Position,
        *,
        waits: bool = True,
        prefixes: Sequence[str] = STREAM_PREFIXES,
    ) -> None:
        """`waits`: until the server lets us in; else AccessRefused is raised. `prefixes`: of the
        streams whose events are delivered."""
        self._link, self._waits, self._prefixes = link, waits, prefixes
        self.last = after
        self._heard = self._stale = False
        self.failure: Exception = StoreUnavailable("not subscribed")
        self._backoff = Backoff()

    async def deliveries(self) -> AsyncGenerator[Delivery, None]:
        """See EventStore.subscribe."""
        while True:
            if self._waits:
                await self._link.access.turn(whole_log=True)
            connection = await self._connection()
            asked = messages.subscribe_request(after=self.last, prefixes=self._prefixes)
            call = connection.read(asked, None)
            doubt = asyncio.create_task(self._doubt_silence(call))
            try:
                while (message := await self._next(call)) is not None:
                    delivery = self._delivery(message)
                    if delivery is not None:
                        yield delivery
            finally:
                doubt.cancel()
                call.cancel()
            await self._recover(connection)

    async def _connection(self) -> Connection:
        while True:
            try:
                return await self._link.connection()
            except StoreClosed:
                raise StoreUnavailable("the store is closed") from None
            except AccessRefused:
                if not self._waits:
                    raise
                await self._link.access.turn(whole_log=True)
            except NoLeader as failure:
                self.failure = failure
                _log.debug("a subscription waits: %s", failure)

    async def _next(self, call: stubs.ReadCall) -> ReadResp | None:
        """The next message; None when the call is over, and `_failure` tells why."""
        try:
            message = await call.read()
        except grpc.aio.AioRpcError as failure:
            self.failure = failure
            return None
        except asyncio.CancelledError:
            if is_being_cancelled():
                raise
            self.failure = CallCancelled("its connection was closed")
            return None
        if not isinstance(message, ReadResp):
            self.failure = CallCancelled("the server ended it")
            return None
        self._heard = True
        self._link.access.granted(whole_log=True)
        return message

    def _delivery(self, message: ReadResp) -> Delivery | None:
        match message.WhichOneof("content"):
            case "event":
                event = messages.recorded(message.event.event)
                if event.position > self.last:
                    self.last = event.position
                    self._works()
                    return event
            case "checkpoint":
                self._works()
                place = messages.place(message.checkpoint.commit_position)
                # The classic engine may name a place that was passed already.
                if place is not None and place > self.last:
                    self.last = place
                    return Checkpoint(place)
            case "caught_up":
                self._works()
                return CaughtUp()
        return None

    def _works(self) -> None:
        self._link.works()
        self._backoff.reset()

    async def _recover(self, connection: Connection) -> None:
        """Prepares the next subscription. Raises StoreUnavailable where it would fail again."""
        failure = self.failure
        if told := self._link.access.refusal(failure, whole_log=True):
            if not self._waits:
                raise told
            return
        if self._stale:
            self._stale = False
            return
        _log.info("subscription goes on behind %s after: %s", self.last, describe(failure))
        if isinstance(failure, grpc.aio.AioRpcError):
            unknown = failure.code() is grpc.StatusCode.UNKNOWN
            if failure.code() in FOR_GOOD and not unknown:
                raise StoreUnavailable(describe(failure))
            if unknown and self._backoff.failures >= UNKNOWNS_MAX:
                raise StoreUnavailable(describe(failure))
            if unknown or failure.code() is grpc.StatusCode.ABORTED:  # too slow: the rest is well
                await asyncio.sleep(self._backoff.next_s())
                return
        await self._link.drop(connection, failure)

    async def _doubt_silence(self, call: stubs.ReadCall) -> None:
        """Looks for another leader, and, when it lasts, begins anew: 24.2 tells a live subscription
        of no place that it passes, only one that catches up."""
        silent_s = 0.0
        while silent_s < STALE_S:
            self._heard = False
            await asyncio.sleep(SILENCE_S)
            if self._heard:
                silent_s = 0.0
            else:
                silent_s += SILENCE_S
                self._link.doubt()
        self._stale = True
        call.cancel()
