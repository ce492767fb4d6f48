"""Appends that wait for the next group: checked, bounded, in the order they came.

Knows nothing of where they will be stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, TypeAlias

from application.ports.event_store import (
    APPEND_BYTES_MAX,
    QUEUED_APPENDS_MAX,
    QUEUED_BYTES_MAX,
    Appended,
    AppendTooLarge,
    FateUnknown,
    StoreBusy,
    StoreFailure,
)
from domain.log import NO_STREAM, NewEvent, Revision

STREAM_BYTES_MAX: Final = 512  # an index entry must hold it
GROUP_APPENDS_MAX: Final = 512
GROUP_BYTES_MAX: Final = 4 * 1024 * 1024
GROUP_EVENTS_MAX: Final = 2_048

Outcome: TypeAlias = Appended | StoreFailure


class QueuedAppend:
    """Lives until it is stored or refused, which may be after its caller has given up.

    Compared by identity. `sent` is set when a group takes it: from then on it may be stored.
    """

    __slots__ = ("bytes", "events", "expected", "expires_at_s", "fate", "sent", "stream", "waiter")

    def __init__(
        self,
        stream: str,
        expected: Revision,
        events: Sequence[NewEvent],
        *,
        expires_at_s: float | None = None,
    ) -> None:
        """Raises ValueError for what no store can hold, and AppendTooLarge."""
        if not events or expected < NO_STREAM:
            raise ValueError("an append holds at least one event and expects a revision from -1")
        _check_text(stream, "stream name")
        if len(stream.encode()) > STREAM_BYTES_MAX:
            raise ValueError(f"a stream name has at most {STREAM_BYTES_MAX} bytes")
        self.bytes = 0
        for event in events:
            _check_text(event.type, "event type")
            self.bytes += len(event.data) + len(event.metadata) + 2 * len(event.type)
        if self.bytes > APPEND_BYTES_MAX:
            raise AppendTooLarge(f"{stream}: {self.bytes} bytes, at most {APPEND_BYTES_MAX}")
        self.stream, self.expected, self.events = stream, expected, tuple(events)
        self.expires_at_s = expires_at_s  # by the event loop's clock
        self.sent = False
        self.waiter: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self.fate: asyncio.Future[None] | None = None  # for whoever stopped waiting too early

    def give_up(self, reason: str) -> None:
        """Tells the caller that his time is over; `fate` tells when it is known all the same."""
        self.fate = asyncio.get_running_loop().create_future()
        self.waiter.set_exception(FateUnknown(f"{self.stream}: {reason}", self.fate))

    def settle(self, outcome: Outcome) -> None:
        """Answer the caller, if he still waits."""
        if self.fate is not None and not self.fate.done():
            self.fate.set_result(None)
        if self.waiter.done():
            return
        if isinstance(outcome, Appended):
            self.waiter.set_result(outcome)
        else:
            self.waiter.set_exception(outcome)


class AppendQueue:
    """An append keeps its place in the bounds from `offer` until `release` or `withdraw`."""

    def __init__(self) -> None:
        self._waiting: dict[QueuedAppend, None] = {}  # a dict, to withdraw from the middle
        self._appends = 0
        self._bytes = 0

    def __len__(self) -> int:
        """Appends that were offered and are not yet settled, sent or not."""
        return self._appends

    def offer(self, append: QueuedAppend) -> None:
        """Take an append in. Raises StoreBusy when it is one too many or too much."""
        if self._appends >= QUEUED_APPENDS_MAX or self._bytes + append.bytes > QUEUED_BYTES_MAX:
            raise StoreBusy(f"{self._appends} appends with {self._bytes} bytes are waiting")
        self._appends += 1
        self._bytes += append.bytes
        self._waiting[append] = None

    def take(self) -> list[QueuedAppend]:
        """The next group, oldest first; [] when nobody waits. All of it counts as sent."""
        group: list[QueuedAppend] = []
        size_bytes = events = 0
        for append in self._waiting:
            size_bytes += append.bytes
            events += len(append.events)
            too_large = size_bytes > GROUP_BYTES_MAX or events > GROUP_EVENTS_MAX
            if group and (len(group) == GROUP_APPENDS_MAX or too_large):
                break
            group.append(append)
        for append in group:
            del self._waiting[append]
            append.sent = True
        return group

    def take_all(self) -> list[QueuedAppend]:
        """All that wait, to be told that they were not sent."""
        waiting, self._waiting = list(self._waiting), {}
        self.release(waiting)
        return waiting

    def expired(self, now_s: float) -> list[QueuedAppend]:
        """Those whose time ran out before they were sent."""
        return [
            append
            for append in self._waiting
            if append.expires_at_s is not None and append.expires_at_s <= now_s
        ]

    def withdraw(self, append: QueuedAppend) -> None:
        """Take an append out that was not sent."""
        del self._waiting[append]
        self._forget(append)

    def release(self, group: Sequence[QueuedAppend]) -> None:
        """The fate of these is settled."""
        for append in group:
            self._forget(append)

    def _forget(self, append: QueuedAppend) -> None:
        self._appends -= 1
        self._bytes -= append.bytes


def _check_text(text: str, what: str) -> None:
    if not text or "\0" in text:
        raise ValueError(f"a {what} is not empty and holds no NUL character")
    text.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
