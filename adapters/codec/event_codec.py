"""Facts to JSON and back with msgspec, which reads and writes plain dataclasses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Generic, TypeVar, get_args, get_type_hints

import msgspec

from domain.event_types import EventTypes, OnlyInNewer, UnknownEvent
from domain.installation.events import InstallationEvent
from domain.installation.formats import NEWEST_FORMAT, Format, FormatTooLow
from domain.installation.versions import INSTALLATION_EVENTS
from domain.merchant.events import MerchantEvent
from domain.merchant.versions import MERCHANT_EVENTS
from domain.notice.events import NoticeEvent
from domain.notice.versions import NOTICE_EVENTS
from domain.operator.events import OperatorEvent
from domain.operator.versions import OPERATOR_EVENTS
from domain.payment.events import PaymentEvent
from domain.payment.versions import PAYMENT_EVENTS

Event = TypeVar("Event")


class EventCodec(Generic[Event]):
    """One decoder per type, made once: about 1 us per fact either way."""

    def __init__(self, known: EventTypes) -> None:
        self._known = known
        self._encoder = msgspec.json.Encoder()
        self._decoders: dict[str, msgspec.json.Decoder[Any]] = {
            name: msgspec.json.Decoder(kind) for name, kind in known.types.items()
        }
        self._moments: dict[str, tuple[Callable[[Any], Any], ...]] = {
            name: tuple(map(attrgetter, _moments(kind))) for name, kind in known.types.items()
        }

    def encode(self, event: Event, *, format: Format = NEWEST_FORMAT) -> tuple[str, int, bytes]:
        """(name, schema version, JSON body). Raises FormatTooLow."""
        name = type(event).__name__
        version, data = format.version_of(name), self._encoder.encode(event)
        if version == self._known.newest_version(name):
            return name, version, data
        try:
            older = self._known.downcast(name, version, msgspec.json.decode(data))
        except OnlyInNewer as only:
            raise FormatTooLow(f"format {format.number} allows {name} {version}: {only}") from only
        return name, version, self._encoder.encode(older)

    def decode(self, name: str, version: int, data: bytes) -> Event:
        """The fact in its newest shape. Raises UnknownEvent, ValueError."""
        if name not in self._decoders:
            raise UnknownEvent(f"{name} version {version}")
        try:
            fact = self._read(name, version, data)
        except RecursionError:
            raise ValueError(f"{name}: nested too deeply") from None
        for moment in self._moments[name]:
            found = moment(fact)
            if found is not None and found.tzinfo is None:
                raise ValueError(f"{name}: a time without its offset")
        return fact

    def _read(self, name: str, version: int, data: bytes) -> Event:
        if version == self._known.newest_version(name):
            fact: Event = self._decoders[name].decode(data)
            return fact
        old = msgspec.json.decode(data, type=dict[str, Any])
        try:
            body = self._known.upcast(name, version, old)
        except (KeyError, TypeError, AttributeError) as wrong:
            raise ValueError(f"{name} version {version}: {wrong!r}") from wrong
        upcasted: Event = msgspec.convert(body, self._known.types[name])
        return upcasted


class MsgspecCodec(EventCodec[PaymentEvent]):
    """The facts of payments."""

    def __init__(self) -> None:
        super().__init__(PAYMENT_EVENTS)


def merchant_codec() -> EventCodec[MerchantEvent]:
    return EventCodec(MERCHANT_EVENTS)


def notice_codec() -> EventCodec[NoticeEvent]:
    return EventCodec(NOTICE_EVENTS)


def operator_codec() -> EventCodec[OperatorEvent]:
    return EventCodec(OPERATOR_EVENTS)


def installation_codec() -> EventCodec[InstallationEvent]:
    return EventCodec(INSTALLATION_EVENTS)


def _moments(kind: Any) -> Iterator[str]:
    """Where the times of a fact are, as dotted names: msgspec takes one without an offset, which
    no comparison would survive."""
    hints = get_type_hints(kind)
    for name in (one.name for one in fields(kind)):
        hint = hints[name]
        if hint is datetime or datetime in get_args(hint):
            yield name
        elif is_dataclass(hint):
            yield from (f"{name}.{inner}" for inner in _moments(hint))
