"""What projections need from outside: the log, the codec, the store of read models, a feed.

`tests/projections/store_contract.py` is the definition of ReadModelStore.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from domain.log import Delivery, Position, RecordedEvent, Revision
from domain.payment.events import PaymentEvent
from projections.tables import Change
from projections.versions import Switched, Version


class Log(Protocol):
    """The event log, as far as projections read it. Whatever it raises interrupts."""

    async def read_stream(
        self, stream: str, *, from_revision: Revision | None = None, limit: int = ...
    ) -> list[RecordedEvent]: ...

    async def read_all(self, *, after: Position, limit: int = ...) -> list[RecordedEvent]: ...

    async def head(self) -> Position: ...

    def subscribe(self, *, after: Position) -> AsyncIterator[Delivery]: ...


class Codec(Protocol):
    def decode(self, name: str, version: int, data: bytes) -> PaymentEvent:
        """Raises domain.payment.versions.UnknownEvent, or ValueError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What has arrived, in the order of the log. `position`: everything up to it is in here or
    was looked at before. `idle`: nothing more was waiting when the batch was made."""

    events: tuple[RecordedEvent, ...]
    position: Position
    idle: bool


Feed: TypeAlias = Callable[[Position], AsyncGenerator[Batch, None]]


class Projector(Protocol):
    """One fold of the log. What it remembers between events is bounded and can be lost."""

    @property
    def name(self) -> str: ...

    async def project(self, event: RecordedEvent) -> Sequence[Change]:
        """What the event changes, () for one that is ignored. Raises Interrupted; anything else
        that it raises makes the event poison."""
        ...

    def keep(self) -> None:
        """Everything projected since the last `keep` or `forget` was stored."""
        ...

    def forget(self) -> None:
        """Nothing projected since the last `keep` or `forget` was stored."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """`epoch` counts the replays of parked streams."""

    position: Position
    epoch: int
    parked: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedStream:
    """`revision`, `type`, `position` and `recorded_at` are the poison event's; everything from
    it to `last_revision` waits for a replay."""

    stream: str
    revision: Revision
    last_revision: Revision
    type: str
    position: Position
    recorded_at: datetime
    reason: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One transaction of a runner, stored only while the checkpoint is still at `after`.

    `held`: the newest revision seen of streams that are parked already. `recorded_at`: of the
    newest event that was looked at, None when there was none.
    """

    projection: str
    after: Position
    epoch: int
    position: Position
    recorded_at: datetime | None
    changes: Sequence[Change] = ()
    parked: Sequence[ParkedStream] = ()
    held: Mapping[str, Revision] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One transaction of a replay, stored only while `last_revision` is still the stream's."""

    projection: str
    stream: str
    last_revision: Revision
    changes: Sequence[Change]


class ReadModelStore(Protocol):
    """All methods raise ReadModelsUnavailable."""

    async def progress(self, projection: str) -> Progress:
        """BEFORE_FIRST, epoch 0 and nothing parked for one that never ran."""
        ...

    async def apply(self, step: Step) -> None:
        """Stores rows, parked streams and checkpoint together, or nothing.

        Raises LeaseLost when the checkpoint is not at `after`, ParkedChanged when it is but the
        epoch is another, RowsRefused.
        """
        ...

    async def parked(self, projection: str) -> list[ParkedStream]:
        """By position of the poison event."""
        ...

    async def replay(self, replay: Replay) -> None:
        """Stores the rows, removes the stream from the parked ones and starts a new epoch,
        together, or nothing. Raises ParkedChanged, RowsRefused."""
        ...


class Versions(Protocol):
    """The versions of the read models of one installation, as a program sees them whose newest is
    its own. All methods raise ReadModelsUnavailable."""

    @property
    def own(self) -> int: ...

    async def known(self) -> Sequence[Version]:
        """Those that were made and not dropped, oldest first."""
        ...

    async def catch_up(self, log: Log) -> Switched | None:
        """Makes the own version the one that is read, in one transaction, if it shows all of the
        log that the one shows that is read now; what a worker put off stays put off. Does nothing
        where the own version has caught up before. Of one that is older than what is read, it is
        only noted that it caught up. Raises NotCaughtUp, HeldBack: ask again; LogUnavailable."""
        ...

    async def drop_unused(self) -> Sequence[int]:
        """Drops versions older than the one that is read which no process reads any more; the last
        one is kept for KEPT_S. Returns those that were dropped now."""
        ...


class Observer(Protocol):
    """Told after the fact; never asked."""

    def applied(self, projection: str, *, events: int, position: Position) -> None: ...

    def parked(self, projection: str, parked: ParkedStream) -> None: ...

    def foreign(self, projection: str, event: RecordedEvent) -> None:
        """It was passed over: another application wrote it (domain.log.is_foreign)."""
        ...
