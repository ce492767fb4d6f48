"""What one answer of a BatchAppend call means. Pure: decides, and lets others act.

Only an explicit success is a success: "Server Is Not Ready" comes as an error with status code 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from esdbclient.protos.Grpc import shared_pb2, status_pb2
from esdbclient.protos.Grpc.streams_pb2 import BatchAppendResp
from google.protobuf.empty_pb2 import Empty

from adapters.event_store.eventstoredb.messages import place
from domain.log import NO_STREAM, Position, Revision


@dataclass(frozen=True, slots=True)
class Stored:
    """`position` is None where the server does not say it (a repeat of hidden events)."""

    revision: Revision
    position: Position | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """Nothing of this append is stored; the stream's last revision is `actual`."""

    actual: Revision


@dataclass(frozen=True, slots=True)
class NotNow:
    """Not looked at: the server is busy or not ready. The same append, later."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Stored or not: the same append again."""

    reason: str


@dataclass(frozen=True, slots=True)
class TooLarge:
    limit_bytes: int


@dataclass(frozen=True, slots=True)
class Tombstoned:
    """The stream was deleted for good."""


@dataclass(frozen=True, slots=True)
class Denied:
    """Refused for good, for another reason."""

    reason: str


Answer: TypeAlias = Stored | Conflict | NotNow | Ambiguous | TooLarge | Tombstoned | Denied


def meaning(response: BatchAppendResp) -> Answer:
    """Reads one answer; what cannot be understood is ambiguous."""
    result = response.WhichOneof("result")
    if result == "success":
        return _success(response.success)
    if result == "error":
        return _error(response.error)
    return Ambiguous("an answer without a result")


def _success(success: BatchAppendResp.Success) -> Answer:
    if success.WhichOneof("current_revision_option") != "current_revision":
        return Ambiguous("a success without a revision")
    if success.WhichOneof("position_option") == "position":
        return Stored(success.current_revision, place(success.position.commit_position))
    return Stored(success.current_revision, None)


def _error(status: status_pb2.Status) -> Answer:
    details = status.details
    if details.Is(shared_pb2.WrongExpectedVersion.DESCRIPTOR):
        wrong = shared_pb2.WrongExpectedVersion()
        details.Unpack(wrong)
        if wrong.WhichOneof("current_stream_revision_option") == "current_stream_revision":
            return Conflict(wrong.current_stream_revision)
        return Conflict(NO_STREAM)
    if details.Is(shared_pb2.StreamDeleted.DESCRIPTOR):
        return Tombstoned()
    if details.Is(shared_pb2.AccessDenied.DESCRIPTOR):
        return Denied("access denied")
    if details.Is(shared_pb2.MaximumAppendSizeExceeded.DESCRIPTOR):
        exceeded = shared_pb2.MaximumAppendSizeExceeded()
        details.Unpack(exceeded)
        return TooLarge(exceeded.maxAppendSize)
    if details.Is(shared_pb2.BadRequest.DESCRIPTOR):
        bad = shared_pb2.BadRequest()
        details.Unpack(bad)
        return Denied(f"bad request: {bad.message}")
    # Both Empty classes exist; a server uses either.
    if status.code == 0 and (
        details.Is(Empty.DESCRIPTOR) or details.Is(shared_pb2.Empty.DESCRIPTOR)
    ):
        return NotNow(status.message or "server not ready")
    return Ambiguous(f"{status.message or 'no message'} (code {status.code})")
