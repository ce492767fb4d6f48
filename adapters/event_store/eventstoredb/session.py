"""One BatchAppend call: sends what the queue holds, many in flight, and hands the answers on.

Lives as long as its call. Whatever ends it, the owner takes back what was left without an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, Protocol
from uuid import uuid4

from esdbclient.protos.Grpc.streams_pb2 import BatchAppendResp

from adapters.event_store.eventstoredb import stubs
from adapters.event_store.eventstoredb.answers import Answer, NotNow, meaning
from adapters.event_store.eventstoredb.backoff import Backoff
from adapters.event_store.eventstoredb.messages import id_text
from adapters.event_store.eventstoredb.pending import PendingAppend
from adapters.event_store.eventstoredb.tasks import first_failure

WINDOW_APPENDS: Final = 512  # in flight on the call
ANSWER_TIMEOUT_S: Final = 5.0  # a server answers within its write timeout of 2 s, or not at all
DOUBT_AFTER_S: Final = 0.75  # then somebody else may have become leader
WATCH_INTERVAL_S: Final = 0.25


class Source(Protocol):
    def take(self) -> PendingAppend | None: ...


class CallBroken(Exception):
    """The call is over; nobody knows what became of the appends in flight."""


class AppendSession:
    def __init__(
        self,
        call: stubs.BatchAppendCall,
        queue: Source,
        settle: Callable[[PendingAppend, Answer], None],
        doubt: Callable[[], None],
        *,
        window: int = WINDOW_APPENDS,
    ) -> None:
        self._call, self._queue, self._settle, self._doubt = call, queue, settle, doubt
        self._window = window
        self._in_flight: dict[str, PendingAppend] = {}  # in the order of sending
        self.answered = False  # whether the server said anything on this call
        # One at first and while the server is not ready. While many are being written, gRPC loses
        # the reason why a call ended, and with it who the leader is.
        self._allowed = 1
        self._hold = Backoff()
        self._hold_until_s = 0.0
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Sends and receives until the call ends. Raises what ended it: CallBroken, AioRpcError."""
        try:
            await first_failure(self._receive(), self._send(), self._watch())
        finally:
            self._call.cancel()

    def wake(self) -> None:
        """The queue has something new."""
        self._wake.set()

    def unanswered(self) -> list[PendingAppend]:
        """What was in flight when the call ended, in the order of sending."""
        return list(self._in_flight.values())

    async def _send(self) -> None:
        while True:
            append = await self._next()
            correlation = str(uuid4())
            append.correlate(correlation)
            append.sent, append.sent_at_s = True, self._loop.time()
            self._in_flight[correlation] = append
            try:
                for request in append.requests:
                    await self._call.write(request)
            except asyncio.InvalidStateError:  # the call has just ended; _receive tells why
                await asyncio.sleep(ANSWER_TIMEOUT_S)
                raise CallBroken("written to a call that had ended") from None

    async def _next(self) -> PendingAppend:
        while True:
            self._wake.clear()
            if len(self._in_flight) < self._allowed:
                held_s = self._hold_until_s - self._loop.time()
                if held_s > 0:
                    await asyncio.sleep(held_s)
                    continue
                append = self._queue.take()
                if append is not None:
                    return append
            await self._wake.wait()

    async def _receive(self) -> None:
        while isinstance(response := await self._call.read(), BatchAppendResp):
            self.answered = True
            append = self._in_flight.pop(id_text(response.correlation_id), None)
            if append is not None:  # else: a late answer to a send that was given up
                answer = meaning(response)
                self._pace(answer)
                self._settle(append, answer)
            self._wake.set()
        raise CallBroken("the server ended the call")

    def _pace(self, answer: Answer) -> None:
        """A server that is not ready is asked again by one append at a time."""
        if isinstance(answer, NotNow):
            if self._loop.time() >= self._hold_until_s:  # the rest of a window counts once
                self._hold_until_s = self._loop.time() + self._hold.next_s()
            self._allowed = 1
        elif self._allowed < self._window:
            self._hold.reset()
            self._allowed = min(2 * self._allowed, self._window)

    async def _watch(self) -> None:
        """A server may go on living and never answer: that is a broken call as well."""
        while True:
            await asyncio.sleep(WATCH_INTERVAL_S)
            oldest = next(iter(self._in_flight.values()), None)
            silent_s = 0.0 if oldest is None else self._loop.time() - oldest.sent_at_s
            if silent_s > ANSWER_TIMEOUT_S:
                raise CallBroken(f"no answer for {ANSWER_TIMEOUT_S} s")
            if silent_s > DOUBT_AFTER_S:
                self._doubt()
            if silent_s > WATCH_INTERVAL_S and self._allowed < self._window:
                self._allowed = self._window  # one append alone must not hold up all the others
                self._wake.set()
