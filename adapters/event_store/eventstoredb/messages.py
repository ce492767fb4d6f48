"""Builds requests and reads answers: the protobuf side of the port's types. Sends nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from esdbclient.protos.Grpc import shared_pb2
from esdbclient.protos.Grpc.streams_pb2 import BatchAppendReq, ReadReq, ReadResp
from google.protobuf.duration_pb2 import Duration
from google.protobuf.empty_pb2 import Empty

from application.ports.event_store import StoreUnavailable
from domain.log import (
    BEFORE_FIRST,
    NO_STREAM,
    POSITION_MAX,
    STREAM_PREFIXES,
    NewEvent,
    Position,
    RecordedEvent,
    Revision,
)

# A server waits at most its own write timeout (2 s); asking for more keeps that the rule.
SERVER_DEADLINE_S: Final = 10
EVENTS_PER_MESSAGE_MAX: Final = 10_000  # keeps many small events under the 16 MiB of a message
WINDOW_EVENTS: Final = 4_096  # examined per page of a filtered read; of 256, 15 % slower
CHECKPOINT_WINDOWS: Final = 4  # a subscription reports its place every so many windows

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BITS_64: Final = (1 << 64) - 1


def append_requests(
    stream: str, expected: Revision, events: Sequence[NewEvent]
) -> list[BatchAppendReq]:
    """One logical append: one message, or several when it holds very many events.

    The correlation id is left out: it is drawn for every send.
    """
    options = BatchAppendReq.Options(
        stream_identifier=shared_pb2.StreamIdentifier(stream_name=stream.encode()),
        deadline=Duration(seconds=SERVER_DEADLINE_S),
    )
    if expected == NO_STREAM:
        options.no_stream.CopyFrom(Empty())
    else:
        options.stream_position = expected
    requests = [
        BatchAppendReq(
            options=options if start == 0 else None,
            proposed_messages=[
                BatchAppendReq.ProposedMessage(
                    id=shared_pb2.UUID(string=str(event.id)),
                    metadata={"type": event.type, "content-type": "application/json"},
                    custom_metadata=event.metadata,
                    data=event.data,
                )
                for event in events[start : start + EVENTS_PER_MESSAGE_MAX]
            ],
        )
        for start in range(0, len(events), EVENTS_PER_MESSAGE_MAX)
    ]
    requests[-1].is_final = True
    return requests


def stream_request(
    stream: str, *, from_revision: Revision | None, backwards: bool, limit: int
) -> ReadReq:
    request = _request(backwards=backwards, limit=limit)
    place = request.options.stream
    place.stream_identifier.stream_name = stream.encode()
    if from_revision is not None:
        place.revision = from_revision
    elif backwards:
        place.end.SetInParent()
    else:
        place.start.SetInParent()
    request.options.no_filter.SetInParent()
    return request


def newest_request() -> ReadReq:
    """The newest event of the whole log, whoever wrote it: a search for ours would pass over all
    that others have written behind it."""
    request = _request(backwards=True, limit=1)
    request.options.all.end.SetInParent()
    request.options.no_filter.SetInParent()
    return request


def subscribe_request(*, after: Position, prefixes: Sequence[str] = STREAM_PREFIXES) -> ReadReq:
    """Everything of our streams behind `after`, which the server excludes, and no end."""
    request = ReadReq()
    request.options.uuid_option.string.SetInParent()
    request.options.subscription.SetInParent()
    _fill_start(request, after)
    _fill_filter(request, prefixes)
    return request


def _request(*, backwards: bool, limit: int) -> ReadReq:
    request = ReadReq()
    options = request.options
    options.read_direction = ReadReq.Options.Backwards if backwards else ReadReq.Options.Forwards
    options.count = limit
    options.uuid_option.string.SetInParent()
    return request


def _fill_start(request: ReadReq, position: Position) -> None:
    if position == BEFORE_FIRST:
        request.options.all.start.SetInParent()
    else:
        request.options.all.position.commit_position = position
        request.options.all.position.prepare_position = position


def _fill_filter(request: ReadReq, prefixes: Sequence[str] = STREAM_PREFIXES) -> None:
    request.options.filter.stream_identifier.prefix.extend(prefixes)
    request.options.filter.max = WINDOW_EVENTS
    request.options.filter.checkpointIntervalMultiplier = CHECKPOINT_WINDOWS


def place(commit_position: int) -> Position | None:
    """The position that the server names; None for "nothing yet", which 24.2 and 24.10 write as -1,
    the largest number on the wire: whoever took it for a place would drop all that follows."""
    return commit_position if commit_position <= POSITION_MAX else None


def recorded(event: ReadResp.ReadEvent.RecordedEvent) -> RecordedEvent:
    """One stored event as the port shows it. Raises StoreUnavailable for one without a position."""
    position = place(event.commit_position)
    if position is None:
        stream = event.stream_identifier.stream_name.decode(errors="replace")
        raise StoreUnavailable(f"{stream}: the server names no position; it is older than 22.10")
    ticks = int(event.metadata["created"])  # of 100 ns
    return RecordedEvent(
        id=UUID(id_text(event.id)),
        type=event.metadata["type"],
        data=event.data,
        metadata=event.custom_metadata,
        stream=event.stream_identifier.stream_name.decode(errors="replace"),
        revision=event.stream_revision,
        position=position,
        recorded_at=_EPOCH + timedelta(microseconds=ticks // 10),
    )


def id_text(value: shared_pb2.UUID) -> str:
    """Ids arrive as text or, with some answers, as two signed halves."""
    if value.WhichOneof("value") == "string":
        return value.string
    high, low = value.structured.most_significant_bits, value.structured.least_significant_bits
    return str(UUID(int=((high & _BITS_64) << 64) | (low & _BITS_64)))
