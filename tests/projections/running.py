"""Runs projections over a fake log, to its end, in batches of a chosen size."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Final

from domain.log import Position, RecordedEvent
from projections.gateway_health import GATEWAY_HEALTH, GATEWAY_MINUTES, GatewayHealth
from projections.payment_status import PAYMENT_STATUS, PaymentStatus
from projections.payment_timeline import PAYMENT_TIMELINE, PaymentTimeline
from projections.ports import Batch, Feed, Observer, ParkedStream, Projector, ReadModelStore
from projections.recovery import RECOVERY, Recovery
from projections.runner import Runner
from tests.projections.fake_log import CODEC, FakeLog

TABLES: Final = (PAYMENT_STATUS, PAYMENT_TIMELINE, GATEWAY_HEALTH, GATEWAY_MINUTES, RECOVERY)


def projectors(log: FakeLog, *, folds_max: int = 100) -> list[Projector]:
    return [
        PaymentStatus(log=log, codec=CODEC, folds_max=folds_max),
        PaymentTimeline(log=log, codec=CODEC, folds_max=folds_max),
        GatewayHealth(log=log, codec=CODEC, folds_max=folds_max),
        Recovery(),
    ]


def feed_of(log: FakeLog, size: int | Callable[[], int] = 3) -> Feed:
    """Ends with the log. Only the last batch is idle."""

    async def batches(after: Position) -> AsyncGenerator[Batch, None]:
        events = await log.read_all(after=after, limit=1_000_000)
        while events:
            count = size if isinstance(size, int) else size()
            taken, events = tuple(events[:count]), events[count:]
            yield Batch(events=taken, position=taken[-1].position, idle=not events)

    return batches


async def project_all(log: FakeLog, store: ReadModelStore, *, size: int = 3) -> None:
    for projector in projectors(log):
        await Runner(projector, store).run(feed_of(log, size))


class Seen(Observer):
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.positions: list[Position] = []
        self.parkings: list[ParkedStream] = []
        self.strangers: list[str] = []

    def applied(self, projection: str, *, events: int, position: Position) -> None:
        self.positions.append(position)

    def parked(self, projection: str, parked: ParkedStream) -> None:
        self.parkings.append(parked)

    def foreign(self, projection: str, event: RecordedEvent) -> None:
        self.strangers.append(event.stream)
