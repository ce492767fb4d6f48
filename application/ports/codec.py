"""Between facts and their stored form. Projections have the same need and the same shape."""

from __future__ import annotations

from typing import Protocol, TypeAlias, TypeVar

from domain.installation.formats import Format
from domain.payment.events import PaymentEvent

Event = TypeVar("Event")


class EventCodec(Protocol[Event]):
    """Of the facts of one category of streams."""

    def encode(self, event: Event, *, format: Format) -> tuple[str, int, bytes]:
        """(name, schema version, JSON body), in the newest version that the installation's format
        allows. Raises FormatTooLow: then nothing of it may be written."""
        ...

    def decode(self, name: str, version: int, data: bytes) -> Event:
        """The fact in its newest shape. Raises domain.event_types.UnknownEvent for what this
        program does not know, ValueError for a body that is not of its shape."""
        ...


Codec: TypeAlias = EventCodec[PaymentEvent]
