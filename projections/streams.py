"""Folds of single streams, kept for the streams that were active lately and read again from the
log for the others. A fold is a pure function of its stream, so losing one costs only time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from typing import Final, Generic, TypeVar

from domain.chain import Metadata, decode_metadata
from domain.log import RecordedEvent, Revision
from domain.payment.events import PaymentEvent
from projections.failures import LogUnavailable
from projections.ports import Codec, Log

FOLDS_MAX: Final = 10_000  # of one projector, kept in memory
PAGE_EVENTS: Final = 512
REMEMBERED_METADATA: Final = 2_048

State = TypeVar("State")
Step = Callable[[State | None, PaymentEvent, RecordedEvent], State]


class StreamGap(ValueError):
    """The log does not hold the stream from revision 0 without gaps."""


class StreamFolds(Generic[State]):
    """Folds of payment streams with `step`. What is staged counts only after `keep`."""

    def __init__(
        self, *, log: Log, codec: Codec, step: Step[State], folds_max: int = FOLDS_MAX
    ) -> None:
        self._log, self._codec, self._step, self._max = log, codec, step, folds_max
        self._kept: OrderedDict[str, tuple[Revision, State]] = OrderedDict()
        self._staged: dict[str, tuple[Revision, State]] = {}

    async def after(self, event: RecordedEvent) -> tuple[State, PaymentEvent]:
        """The stream's state after `event`, and the fact itself.

        Raises what the codec and `step` raise, StreamGap, LogUnavailable.
        """
        fact = decode(self._codec, event)
        known = self._staged.get(event.stream) or self._kept.get(event.stream)
        before: State | None = None
        if event.revision > 0:
            if known is not None and known[0] == event.revision - 1:
                before = known[1]
            else:
                before = await self._read(event)
        state = self._step(before, fact, event)
        self._staged[event.stream] = (event.revision, state)
        return state, fact

    def keep(self) -> None:
        for stream, fold in self._staged.items():
            self._kept[stream] = fold
            self._kept.move_to_end(stream)
        self._staged.clear()
        while len(self._kept) > self._max:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        self._staged.clear()

    async def _read(self, event: RecordedEvent) -> State:
        earlier = await read_through(self._log, event.stream, 0, event.revision - 1)
        state: State | None = None
        for one in earlier:
            state = self._step(state, decode(self._codec, one), one)
        if state is None:
            raise StreamGap(f"{event.stream} is empty before revision {event.revision}")
        return state


def metadata_of(event: RecordedEvent) -> Metadata:
    """Raises ValueError."""
    return _metadata(event.metadata)


# Several projections of one process read the same event within a moment of each other.
_metadata = lru_cache(maxsize=REMEMBERED_METADATA)(decode_metadata)


def decode(codec: Codec, event: RecordedEvent) -> PaymentEvent:
    """The fact in its newest shape. Raises UnknownEvent, ValueError."""
    version = metadata_of(event).version
    return codec.decode(event.type, version, event.data)


async def read_through(
    log: Log, stream: str, first: Revision, last: Revision
) -> list[RecordedEvent]:
    """The events from `first` to `last`, both inclusive. Raises StreamGap, LogUnavailable."""
    events: list[RecordedEvent] = []
    while len(events) <= last - first:
        limit = min(PAGE_EVENTS, last - first + 1 - len(events))
        try:
            page = await log.read_stream(stream, from_revision=first + len(events), limit=limit)
        except Exception as failure:
            raise LogUnavailable(f"{stream} could not be read: {failure}") from failure
        for event in page:
            if event.revision != first + len(events):
                raise StreamGap(f"{stream}: revision {first + len(events)} is missing")
            events.append(event)
        if not page:
            raise LogUnavailable(f"{stream} ends before revision {last}")
    return events
