"""The Streams service but for reading: Append, BatchAppend, Delete, Tombstone.

Turns messages into calls of the core and results into messages; must not decide about versions.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from esdbclient.protos.Grpc import streams_pb2, streams_pb2_grpc

from tests.esdb_double import answers, writes
from tests.esdb_double.batch_append import BatchCall
from tests.esdb_double.calls import Call
from tests.esdb_double.convert import (
    BadRequest,
    MissingProperty,
    expected_version,
    proposed,
    stream_name,
    writable_stream_name,
)
from tests.esdb_double.events import Appended, Conflict, Proposed
from tests.esdb_double.faults import Fate
from tests.esdb_double.log import Log
from tests.esdb_double.node_core import NodeCore
from tests.esdb_double.read_call import read
from tests.esdb_double.refusals import (
    BROKEN,
    HANDLER_EXCEPTION,
    Refused,
    append_too_large,
    delete_conflict,
    invalid_argument,
    metadata_property_missing,
    write_timeout,
)

Remove = Callable[[Log, str, int], Appended | Conflict]
AppendRequests = Iterator[streams_pb2.AppendReq]


def streams_handlers(service: StreamsService) -> grpc.GenericRpcHandler[Any, Any]:
    """The generated registration but for one thing: an answer of Read may be bytes already."""
    kinds = streams_pb2
    return grpc.method_handlers_generic_handler(
        "event_store.client.streams.Streams",
        {
            "Read": grpc.unary_stream_rpc_method_handler(
                service.Read, kinds.ReadReq.FromString, _as_bytes
            ),
            "Append": grpc.stream_unary_rpc_method_handler(
                service.Append, kinds.AppendReq.FromString, kinds.AppendResp.SerializeToString
            ),
            "BatchAppend": grpc.stream_stream_rpc_method_handler(
                service.BatchAppend,
                kinds.BatchAppendReq.FromString,
                kinds.BatchAppendResp.SerializeToString,
            ),
            "Delete": grpc.unary_unary_rpc_method_handler(
                service.Delete, kinds.DeleteReq.FromString, kinds.DeleteResp.SerializeToString
            ),
            "Tombstone": grpc.unary_unary_rpc_method_handler(
                service.Tombstone,
                kinds.TombstoneReq.FromString,
                kinds.TombstoneResp.SerializeToString,
            ),
        },
    )


def _as_bytes(answer: streams_pb2.ReadResp | bytes) -> bytes:
    return answer if isinstance(answer, bytes) else answer.SerializeToString()


class StreamsService(streams_pb2_grpc.StreamsServicer):
    """readers: where BatchAppend calls read their requests."""

    def __init__(self, node: NodeCore, readers: ThreadPoolExecutor) -> None:
        self._node = node
        self._readers = readers

    def Append(  # noqa: N802 - the protocol's name
        self, requests: AppendRequests, context: grpc.ServicerContext
    ) -> streams_pb2.AppendResp:
        return self._node.answer("Append", context, lambda call: self._append(call, requests))

    def BatchAppend(  # noqa: N802 - the protocol's name
        self, requests: Iterator[streams_pb2.BatchAppendReq], context: grpc.ServicerContext
    ) -> Iterator[streams_pb2.BatchAppendResp]:
        with self._node.call("BatchAppend", context) as call:
            batch = BatchCall(self._node, call)
            self._readers.submit(batch.read, requests)
            yield from batch.answers()

    def Read(  # noqa: N802 - the protocol's name
        self, request: streams_pb2.ReadReq, context: grpc.ServicerContext
    ) -> Iterator[streams_pb2.ReadResp | bytes]:
        with self._node.call("Read", context) as call:
            yield from read(self._node, call, request.options)

    def Delete(  # noqa: N802 - the protocol's name
        self, request: streams_pb2.DeleteReq, context: grpc.ServicerContext
    ) -> streams_pb2.DeleteResp:
        return self._node.answer("Delete", context, lambda _: self._delete(request.options))

    def Tombstone(  # noqa: N802 - the protocol's name
        self, request: streams_pb2.TombstoneReq, context: grpc.ServicerContext
    ) -> streams_pb2.TombstoneResp:
        return self._node.answer("Tombstone", context, lambda _: self._bury(request.options))

    def _append(self, call: Call, requests: AppendRequests) -> streams_pb2.AppendResp:
        name, expected, events = self._append_request(requests)
        self._node.wait_while_frozen(call)
        self._node.refuse_if_not_leader(call)
        fate = self._node.faults.fate_of_append(name)
        if fate is not Fate.TIMED_OUT_STORED:
            self._node.refuse(fate)
        result = self._store(call, name, expected, events)
        if fate is Fate.TIMED_OUT_STORED:
            raise Refused(write_timeout())
        if fate is Fate.ANSWER_LOST:
            raise Refused(BROKEN)
        return answers.append_response(result, expected)

    def _append_request(self, requests: AppendRequests) -> tuple[str, int, list[Proposed]]:
        try:
            options = next(requests).options
            name = writable_stream_name(options.stream_identifier)
            events: list[Proposed] = []
            data_bytes = 0
            for request in requests:
                events.append(proposed(request.proposed_message))
                data_bytes += len(events[-1].data)
                if data_bytes > self._node.append_bytes_max:
                    raise Refused(append_too_large(self._node.append_bytes_max))
        except MissingProperty as missing:
            raise Refused(metadata_property_missing(str(missing))) from None
        except (BadRequest, StopIteration):
            raise Refused(HANDLER_EXCEPTION) from None
        return name, _expected(options), events

    def _store(
        self, call: Call, name: str, expected: int, events: list[Proposed]
    ) -> Appended | Conflict:
        faults = self._node.faults
        if not faults.holding:
            return self._node.append(name, expected, events)
        stored = self._node.append(name, expected, events) if faults.holding_stored else None
        released = threading.Event()
        faults.hold(released.set)
        while not released.is_set() and call.active:
            call.wait()
        call.check()
        return stored or self._node.append(name, expected, events)

    def _delete(self, options: streams_pb2.DeleteReq.Options) -> streams_pb2.DeleteResp:
        answer = streams_pb2.DeleteResp()
        position = self._remove(writes.delete, options)
        answer.position.commit_position = answer.position.prepare_position = position
        return answer

    def _bury(self, options: streams_pb2.TombstoneReq.Options) -> streams_pb2.TombstoneResp:
        answer = streams_pb2.TombstoneResp()
        position = self._remove(writes.tombstone, options)
        answer.position.commit_position = answer.position.prepare_position = position
        return answer

    def _remove(
        self,
        remove: Remove,
        options: streams_pb2.DeleteReq.Options | streams_pb2.TombstoneReq.Options,
    ) -> int:
        """The position of what was written. Raises StreamDeleted and Refused."""
        try:
            name = stream_name(options.stream_identifier)
        except BadRequest:
            raise Refused(HANDLER_EXCEPTION) from None
        expected = _expected(options)
        result = remove(self._node.log, name, expected)
        if isinstance(result, Conflict):
            raise Refused(delete_conflict(name, expected, result.current))
        return result.position or 0


def _expected(
    options: streams_pb2.AppendReq.Options
    | streams_pb2.DeleteReq.Options
    | streams_pb2.TombstoneReq.Options,
) -> int:
    try:
        return expected_version(options.WhichOneof("expected_stream_revision"), options.revision)
    except BadRequest as bad:
        raise Refused(invalid_argument(str(bad))) from None
