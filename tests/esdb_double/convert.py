"""Between the protocol's messages and the values of the core, both ways.

Refuses what cannot be meant; must not look at the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol
from uuid import UUID

from esdbclient.protos.Grpc import shared_pb2, streams_pb2

from tests.esdb_double.engines import Traits
from tests.esdb_double.events import ANY, NO_STREAM, STREAM_EXISTS, Proposed, Stored

JSON_TYPE = "application/json"
BINARY_TYPE = "application/octet-stream"
_HALF_BITS = 64
_HALF_MASK = (1 << _HALF_BITS) - 1
_HALF_SIGN = 1 << (_HALF_BITS - 1)


class BadRequest(Exception):
    """The request is malformed; the text is the server's."""


class MissingProperty(BadRequest):
    """An event came without its type or content-type, which is its only argument."""


class EmptyStreamName(BadRequest):
    """A stream without a name."""


def words(bad: BadRequest, traits: Traits) -> str:
    """What this server says of it."""
    match bad:
        case MissingProperty(args=(name,)):
            return traits.missing_property.format(name=name)
        case EmptyStreamName():
            return traits.empty_stream_name
        case _:
            return str(bad)


class ProposedMessage(Protocol):
    """What Append and BatchAppend have in common."""

    @property
    def id(self) -> shared_pb2.UUID: ...
    @property
    def metadata(self) -> Mapping[str, str]: ...
    @property
    def data(self) -> bytes: ...
    @property
    def custom_metadata(self) -> bytes: ...


def uuid_of(message: shared_pb2.UUID) -> UUID:
    """Raises ValueError for a text that is no UUID."""
    if message.WhichOneof("value") != "structured":
        return UUID(message.string)
    halves = message.structured
    most = halves.most_significant_bits & _HALF_MASK
    return UUID(int=most << _HALF_BITS | halves.least_significant_bits & _HALF_MASK)


def uuid_message(value: UUID, *, structured: bool) -> shared_pb2.UUID:
    if not structured:
        return shared_pb2.UUID(string=str(value))
    halves = shared_pb2.UUID.Structured(
        most_significant_bits=_signed(value.int >> _HALF_BITS),
        least_significant_bits=_signed(value.int & _HALF_MASK),
    )
    return shared_pb2.UUID(structured=halves)


def _signed(half: int) -> int:
    return half - (1 << _HALF_BITS) if half & _HALF_SIGN else half


def stream_name(identifier: shared_pb2.StreamIdentifier) -> str:
    """Raises EmptyStreamName."""
    if not identifier.stream_name:
        raise EmptyStreamName
    return identifier.stream_name.decode(errors="replace")


def writable_stream_name(identifier: shared_pb2.StreamIdentifier) -> str:
    name = stream_name(identifier)
    if name == "$$":
        raise BadRequest(
            "Specified argument was out of the range of valid values. (Parameter 'eventStreamId')"
        )
    return name


def expected_version(option: str | None, revision: int) -> int:
    """From the name of the chosen oneof field. Raises BadRequest if none was chosen."""
    match option:
        case "revision" | "stream_position":
            return revision
        case "no_stream":
            return NO_STREAM
        case "any":
            return ANY
        case "stream_exists":
            return STREAM_EXISTS
        case _:
            raise BadRequest("Expected stream revision is missing.")


def proposed(message: ProposedMessage) -> Proposed:
    """Raises MissingProperty, or BadRequest for an id or type that is none."""
    metadata = message.metadata
    for name in ("type", "content-type"):
        if name not in metadata:
            raise MissingProperty(name)
    try:
        event_id = uuid_of(message.id)
    except ValueError:
        raise BadRequest("Unrecognized Guid format.") from None
    if event_id.int == 0:
        raise BadRequest("Empty eventId provided. (Parameter 'eventId')")
    if not metadata["type"]:
        raise BadRequest("Value cannot be empty. (Parameter 'eventType')")
    return Proposed(
        event_id,
        metadata["type"],
        metadata["content-type"] == JSON_TYPE,
        message.data,
        message.custom_metadata,
    )


def recorded(event: Stored, *, structured: bool) -> streams_pb2.ReadResp.ReadEvent.RecordedEvent:
    return streams_pb2.ReadResp.ReadEvent.RecordedEvent(
        id=uuid_message(event.event_id, structured=structured),
        stream_identifier=shared_pb2.StreamIdentifier(stream_name=event.stream.encode()),
        stream_revision=event.revision,
        prepare_position=event.position,
        commit_position=event.position,
        metadata={
            "type": event.type,
            "created": str(event.created_ticks),
            "content-type": JSON_TYPE if event.is_json else BINARY_TYPE,
        },
        custom_metadata=event.metadata,
        data=event.data,
    )
