"""A log in a list: events go in at once, with positions that have gaps and times that we choose."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from adapters.codec import MsgspecCodec
from domain.canonical import derived_id
from domain.chain import FIRST, Metadata
from domain.log import BEFORE_FIRST, CaughtUp, Delivery, RecordedEvent
from domain.payment.events import PaymentEvent
from tests.projections.histories import START, Life

CODEC: Final = MsgspecCodec()
GAP: Final = 7  # positions are no counters


class FakeLog:
    """A projections.ports.Log. `fails` makes reads of streams raise it, once per entry."""

    def __init__(self) -> None:
        self.events: list[RecordedEvent] = []
        self.streams: dict[str, list[RecordedEvent]] = {}
        self.fails: list[Exception] = []
        self.reads = 0

    def add(
        self,
        stream: str,
        name: str,
        data: bytes,
        metadata: bytes,
        *,
        recorded_at: datetime | None = None,
    ) -> RecordedEvent:
        place = len(self.events)
        event = RecordedEvent(
            id=derived_id("event", place),
            type=name,
            data=data,
            metadata=metadata,
            stream=stream,
            revision=len(self.streams.get(stream, ())),
            position=place * GAP,
            recorded_at=recorded_at or START + timedelta(seconds=place),
        )
        self.events.append(event)
        self.streams.setdefault(stream, []).append(event)
        return event

    def tell(
        self,
        life: Life,
        facts: Iterable[PaymentEvent],
        *,
        recover_after: datetime | None = None,
        recorded_at: datetime | None = None,
        waits_for: str | None = None,
    ) -> list[RecordedEvent]:
        """Append facts to the payment's stream."""
        told = []
        for fact in facts:
            name, version, data = CODEC.encode(fact)
            metadata = metadata_of(
                life, version=version, recover_after=recover_after, waits_for=waits_for
            )
            told.append(self.add(life.stream, name, data, metadata, recorded_at=recorded_at))
        return told

    def ignored(self, count: int = 1) -> None:
        """Events of another category."""
        for _ in range(count):
            self.add("policy-1", "PolicyPublished", b"{}", b"{}")

    async def read_stream(
        self, stream: str, *, from_revision: int | None = None, limit: int = 4096
    ) -> list[RecordedEvent]:
        self.reads += 1
        if self.fails:
            raise self.fails.pop(0)
        start = from_revision or 0
        return self.streams.get(stream, [])[start : start + limit]

    async def read_all(self, *, after: int, limit: int = 4096) -> list[RecordedEvent]:
        return [one for one in self.events if one.position > after][:limit]

    async def head(self) -> int:
        return self.events[-1].position if self.events else BEFORE_FIRST

    async def subscribe(self, *, after: int) -> AsyncIterator[Delivery]:
        for event in [one for one in self.events if one.position > after]:
            yield event
        yield CaughtUp()


def metadata_of(
    life: Life,
    *,
    version: int = 1,
    recover_after: datetime | None = None,
    owner: str = "worker-1",
    waits_for: str | None = None,
) -> bytes:
    nobody = UUID(int=0)
    return Metadata(
        correlation=nobody,
        causation=nobody,
        actor="key_1",
        version=version,
        merchant=life.merchant,
        owner=owner,
        recover_after=recover_after,
        previous=FIRST,
        waits_for=waits_for,
    ).encode()


def interleaved(histories: Sequence[tuple[Life, Sequence[PaymentEvent]]]) -> FakeLog:
    """A log in which the histories take turns, fact by fact; open ones are due for recovery."""
    log = FakeLog()
    longest = max((len(facts) for _, facts in histories), default=0)
    for turn in range(longest):
        for life, facts in histories:
            if turn < len(facts):
                over = turn == len(facts) - 1
                due = None if over else life.at + timedelta(minutes=turn)
                heard = None if over else "alpha"
                log.tell(life, facts[turn : turn + 1], recover_after=due, waits_for=heard)
        log.ignored()
    return log
