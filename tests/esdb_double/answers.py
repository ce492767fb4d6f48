"""What an append is answered with, over Append and over BatchAppend. Pure conversions."""

from __future__ import annotations

from esdbclient.protos.Grpc import code_pb2, shared_pb2, status_pb2, streams_pb2
from google.protobuf.any_pb2 import Any
from google.protobuf.empty_pb2 import Empty
from google.protobuf.message import Message

from tests.esdb_double.events import ANY, NO_STREAM, STREAM_EXISTS, Appended, Conflict
from tests.esdb_double.refusals import BUSY_IN_BATCH_TEXT, NOT_READY_TEXT

LEGACY_NO_STREAM = 2**64 - 1
_EMPTY = shared_pb2.Empty()


def append_response(result: Appended | Conflict, expected: int) -> streams_pb2.AppendResp:
    if isinstance(result, Conflict):
        return streams_pb2.AppendResp(wrong_expected_version=_conflict(result, expected))
    success = streams_pb2.AppendResp.Success()
    if result.revision < 0:
        success.no_stream.SetInParent()
    else:
        success.current_revision = result.revision
    if result.position is None:
        success.no_position.SetInParent()
    else:
        success.position.commit_position = result.position
        success.position.prepare_position = result.position
    return streams_pb2.AppendResp(success=success)


def _conflict(conflict: Conflict, expected: int) -> streams_pb2.AppendResp.WrongExpectedVersion:
    answer = streams_pb2.AppendResp.WrongExpectedVersion()
    if conflict.current < 0:
        answer.current_no_stream.CopyFrom(_EMPTY)
        answer.no_stream_20_6_0.CopyFrom(_EMPTY)
    else:
        answer.current_revision = answer.current_revision_20_6_0 = conflict.current
    if expected == ANY:
        answer.expected_any.CopyFrom(_EMPTY)
        answer.any_20_6_0.CopyFrom(_EMPTY)
    elif expected == STREAM_EXISTS:
        answer.expected_stream_exists.CopyFrom(_EMPTY)
        answer.stream_exists_20_6_0.CopyFrom(_EMPTY)
    elif expected == NO_STREAM:
        answer.expected_no_stream.CopyFrom(_EMPTY)
        answer.expected_revision_20_6_0 = LEGACY_NO_STREAM
    else:
        answer.expected_revision = answer.expected_revision_20_6_0 = expected
    return answer


def batch_success(
    result: Appended, correlation: shared_pb2.UUID, stream: shared_pb2.StreamIdentifier
) -> streams_pb2.BatchAppendResp:
    answer = streams_pb2.BatchAppendResp(correlation_id=correlation, stream_identifier=stream)
    success = answer.success
    if result.revision < 0:
        success.no_stream.SetInParent()
    else:
        success.current_revision = result.revision
    if result.position is None:
        success.no_position.SetInParent()
    else:
        success.position.commit_position = result.position
        success.position.prepare_position = result.position
    return answer


def batch_error(
    status: status_pb2.Status, correlation: shared_pb2.UUID, stream: shared_pb2.StreamIdentifier
) -> streams_pb2.BatchAppendResp:
    return streams_pb2.BatchAppendResp(
        correlation_id=correlation, stream_identifier=stream, error=status
    )


def conflict_status(conflict: Conflict, expected: int) -> status_pb2.Status:
    detail = shared_pb2.WrongExpectedVersion()
    if conflict.current < 0:
        detail.current_no_stream.SetInParent()
    else:
        detail.current_stream_revision = conflict.current
    if expected == ANY:
        detail.expected_any.SetInParent()
    elif expected == STREAM_EXISTS:
        detail.expected_stream_exists.SetInParent()
    elif expected == NO_STREAM:
        detail.expected_no_stream.SetInParent()
    else:
        detail.expected_stream_position = expected
    return _status(code_pb2.ALREADY_EXISTS, detail)


def deleted_status(stream: shared_pb2.StreamIdentifier) -> status_pb2.Status:
    return _status(code_pb2.NOT_FOUND, shared_pb2.StreamDeleted(stream_identifier=stream))


def too_large_status(bytes_max: int) -> status_pb2.Status:
    detail = shared_pb2.MaximumAppendSizeExceeded(maxAppendSize=bytes_max)
    return _status(code_pb2.INVALID_ARGUMENT, detail)


def bad_request_status(text: str) -> status_pb2.Status:
    return _status(code_pb2.INVALID_ARGUMENT, shared_pb2.BadRequest(message=text))


def timeout_status() -> status_pb2.Status:
    return _status(code_pb2.DEADLINE_EXCEEDED, shared_pb2.Timeout())


def not_ready_status() -> status_pb2.Status:
    """Code 0, though nothing was stored: a client must not take it for a success."""
    return _status(code_pb2.OK, Empty(), NOT_READY_TEXT)


def busy_status() -> status_pb2.Status:
    return _status(code_pb2.OK, Empty(), BUSY_IN_BATCH_TEXT)


def _status(
    code: code_pb2.Code.ValueType, detail: Message, text: str | None = None
) -> status_pb2.Status:
    packed = Any()
    packed.Pack(detail)
    return status_pb2.Status(
        code=code, message=detail.DESCRIPTOR.name if text is None else text, details=packed
    )
