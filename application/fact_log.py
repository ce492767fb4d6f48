"""Streams of facts other than payments: read with their chain, append at the exact revision.

Payments have a log of their own (payments/log.py), which also knows their owners and due times.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from uuid import UUID

from application.installation.in_force import FormatInForce
from application.ports.codec import EventCodec
from application.ports.event_store import READ_EVENTS_MAX, EventStore
from application.ports.surroundings import Ids
from domain.chain import FIRST, Metadata, decode_metadata, digest, verify
from domain.installation.formats import Format
from domain.log import BEFORE_FIRST, NO_STREAM, NewEvent, Position, RecordedEvent, Revision

Event = TypeVar("Event")

APPEND_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(Generic[Event]):
    """A stream's facts, and what the next append must name. Without facts: NO_STREAM."""

    stream: str
    events: tuple[Event, ...] = ()
    revision: Revision = NO_STREAM
    last_id: UUID | None = None
    last_digest: str = FIRST
    position: Position = BEFORE_FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who appends, for which merchant ("" where nobody knows), because of which command."""

    command: UUID
    actor: str
    merchant: str


class FactLog(Generic[Event]):
    def __init__(
        self, store: EventStore, codec: EventCodec[Event], ids: Ids, in_force: FormatInForce
    ) -> None:
        self._store, self._codec, self._ids, self._in_force = store, codec, ids, in_force

    @property
    def format(self) -> Format:
        """The installation's, now: what may be decided on."""
        return self._in_force.now

    async def read(self, stream: str) -> Facts[Event]:
        """All facts of the stream. Raises StoreUnavailable, BrokenChain, UnknownEvent, and
        ValueError for what is not a fact of this kind."""
        recorded: list[RecordedEvent] = []
        while len(recorded) % READ_EVENTS_MAX == 0:
            page = await self._store.read_stream(stream, from_revision=len(recorded))
            if not page:
                break
            recorded += page
        if not recorded:
            return Facts(stream=stream)
        last = recorded[-1]
        return Facts(
            stream=stream,
            events=tuple(self._decoded(one) for one in recorded),
            revision=last.revision,
            last_id=last.id,
            last_digest=verify(recorded),
            position=last.position,
        )

    async def append(
        self, after: Facts[Event], events: Sequence[Event], author: Author
    ) -> Position:
        """Appends behind `after`. Raises WrongRevision where others were faster, StoreFailure, and
        FormatTooLow for what the installation's format does not allow."""
        encoded: list[NewEvent] = []
        previous, causation = after.last_digest, after.last_id or author.command
        for revision, event in enumerate(events, after.revision + 1):
            new = self._encoded(event, author, previous=previous, causation=causation)
            previous, causation = digest(new, stream=after.stream, revision=revision), new.id
            encoded.append(new)
        appended = await self._store.append(
            after.stream, after.revision, encoded, timeout_s=APPEND_TIMEOUT_S
        )
        return appended.position

    def _decoded(self, event: RecordedEvent) -> Event:
        version = decode_metadata(event.metadata).version
        return self._codec.decode(event.type, version, event.data)

    def _encoded(self, event: Event, author: Author, *, previous: str, causation: UUID) -> NewEvent:
        name, version, data = self._codec.encode(event, format=self.format)
        metadata = Metadata(
            correlation=author.command,
            causation=causation,
            actor=author.actor,
            version=version,
            merchant=author.merchant,
            owner=None,
            recover_after=None,
            previous=previous,
        )
        return NewEvent(id=self._ids.fresh(), type=name, data=data, metadata=metadata.encode())
