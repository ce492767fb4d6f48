"""Appends that wait to be sent: bounded, and one per stream at a time, in the order they came.

Knows nothing of gRPC. An append keeps its place in the bounds, and its stream its turn, from
`offer` until `release`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Sequence

from adapters.event_store.eventstoredb.pending import PendingAppend
from application.ports.event_store import QUEUED_APPENDS_MAX, QUEUED_BYTES_MAX, StoreBusy


class AppendQueue:
    def __init__(
        self, *, appends_max: int = QUEUED_APPENDS_MAX, bytes_max: int = QUEUED_BYTES_MAX
    ) -> None:
        self._appends_max, self._bytes_max = appends_max, bytes_max
        self._again: deque[PendingAppend] = deque()  # were sent before: first in line, in order
        self._ready: OrderedDict[PendingAppend, None] = (
            OrderedDict()
        )  # never sent, their stream is free
        # Per stream with an append ahead: those behind it, never sent, in order.
        self._behind: dict[str, dict[PendingAppend, None]] = {}
        self._members: dict[PendingAppend, None] = {}
        self.bytes = 0
        self.empty = asyncio.Event()
        self.empty.set()

    def __len__(self) -> int:
        return len(self._members)

    def offer(self, append: PendingAppend) -> None:
        """Takes an append in. Raises StoreBusy when it is one too many or too much."""
        if len(self._members) >= self._appends_max:
            raise StoreBusy(f"{len(self._members)} appends are waiting")
        if self.bytes + append.bytes > self._bytes_max:
            raise StoreBusy(f"{self.bytes} bytes are waiting")
        self._members[append] = None
        self.bytes += append.bytes
        self.empty.clear()
        behind = self._behind.get(append.stream)
        if behind is None:
            self._behind[append.stream] = {}
            self._ready[append] = None
        else:
            behind[append] = None

    def take(self) -> PendingAppend | None:
        """The next append that may be sent now, None when there is none."""
        if self._again:
            return self._again.popleft()
        if not self._ready:
            return None
        append, _ = self._ready.popitem(last=False)
        return append

    def give_back(self, appends: Sequence[PendingAppend]) -> None:
        """These were taken and must be sent again, in this order, before all never sent."""
        self._again.extend(appends)

    def release(self, append: PendingAppend) -> None:
        """The append was taken and its fate is settled: the next of its stream may go."""
        self._forget(append)
        self._advance(append.stream)

    def withdraw(self, append: PendingAppend) -> None:
        """Takes an append out that was never taken to be sent."""
        if append in self._ready:
            del self._ready[append]
            self._advance(append.stream)
        else:
            del self._behind[append.stream][append]
        self._forget(append)

    def members(self) -> list[PendingAppend]:
        """All that were offered and are not settled, taken or not."""
        return list(self._members)

    def _advance(self, stream: str) -> None:
        behind = self._behind[stream]
        if behind:
            append = next(iter(behind))
            del behind[append]
            self._ready[append] = None
        else:
            del self._behind[stream]

    def _forget(self, append: PendingAppend) -> None:
        del self._members[append]
        self.bytes -= append.bytes
        if not self._members:
            self.empty.set()
