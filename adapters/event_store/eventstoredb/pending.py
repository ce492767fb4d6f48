"""One logical append on its way: what is sent, who waits, what is known of its fate."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from esdbclient.protos.Grpc.streams_pb2 import BatchAppendReq

from adapters.event_store.eventstoredb.backoff import Backoff
from adapters.event_store.eventstoredb.messages import append_requests
from application.ports.event_store import APPEND_BYTES_MAX, Appended, AppendTooLarge, FateUnknown
from domain.log import NO_STREAM, NewEvent, Revision


class PendingAppend:
    """Lives from the caller's request until the append is stored or refused, which may be after
    the caller has given up. Compared by identity.
    """

    __slots__ = (
        "backoff", "bytes", "expected", "fate", "last_revision", "repeats", "requests", "sent",
        "sent_at_s", "stream", "waiter",
    )  # fmt: skip

    def __init__(self, stream: str, expected: Revision, events: Sequence[NewEvent]) -> None:
        """Raises ValueError for what no server can store, and AppendTooLarge."""
        if not stream or not events or expected < NO_STREAM:
            raise ValueError("an append names a stream, a revision from -1 and at least one event")
        if not all(event.type for event in events):
            raise ValueError("an event names its type")
        self.bytes = append_bytes(events)
        if self.bytes > APPEND_BYTES_MAX:
            raise AppendTooLarge(f"{stream}: {self.bytes} bytes, at most {APPEND_BYTES_MAX}")
        self.stream, self.expected = stream, expected
        self.last_revision = expected + len(events)
        self.requests: list[BatchAppendReq] = append_requests(stream, expected, events)
        self.waiter: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self.fate: asyncio.Future[None] | None = None  # for whoever stopped waiting too early
        self.sent = False  # True from the first moment at which a server may have seen it
        self.sent_at_s = 0.0
        self.repeats = 0  # sends whose fate was never answered
        self.backoff = Backoff()

    def correlate(self, correlation: str) -> None:
        """Every send has an id of its own: an answer to an earlier send is never taken for it."""
        for request in self.requests:
            request.correlation_id.string = correlation

    def give_up(self, reason: str) -> None:
        """Tells the caller that his time is over; `fate` tells when it is known all the same."""
        self.fate = asyncio.get_running_loop().create_future()
        self.waiter.set_exception(FateUnknown(f"{self.stream}: {reason}", self.fate))

    def is_settled(self) -> None:
        if self.fate is not None and not self.fate.done():
            self.fate.set_result(None)

    def fail(self, failure: Exception) -> None:
        if not self.waiter.done():
            self.waiter.set_exception(failure)


def append_bytes(events: Sequence[NewEvent]) -> int:
    """The size that a server may hold against an append."""
    return sum(len(event.data) + len(event.metadata) + 2 * len(event.type) for event in events)
