"""A bare client of the protocol for tests of the double: stubs, one message at a time.

It repeats nothing and hides nothing, unlike esdbclient. Must not be used outside tests.
"""

from __future__ import annotations

import queue
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self
from uuid import UUID, uuid4

import grpc
import pytest
from esdbclient.protos.Grpc import gossip_pb2_grpc, shared_pb2, streams_pb2, streams_pb2_grpc

ANSWER_S_MAX = 10.0
NO_STREAM = -1
REQUIRES_LEADER = (("requires-leader", "true"),)


def trailers_of(caught: pytest.ExceptionInfo[grpc.RpcError]) -> dict[str, str]:
    trailers = caught.value.trailing_metadata() or ()
    return {str(entry[0]): str(entry[1]) for entry in trailers}  # type: ignore[index]


class RawClient:
    """Stubs on one channel."""

    def __init__(self, target: str, *, requires_leader: bool = False) -> None:
        self.channel = grpc.insecure_channel(target)
        self._batches: list[BatchClient] = []
        self.headers = REQUIRES_LEADER if requires_leader else ()
        self.streams = streams_pb2_grpc.StreamsStub(self.channel)  # type: ignore[no-untyped-call]
        self._gossip = gossip_pb2_grpc.GossipStub(self.channel)  # type: ignore[no-untyped-call]

    def gossip(self) -> list[tuple[str, bool, int]]:
        """State by name, alive, port."""
        answer = self._gossip.Read(shared_pb2.Empty(), timeout=ANSWER_S_MAX)
        states = type(answer.members[0]).VNodeState
        return [
            (states.Name(member.state), member.is_alive, member.http_end_point.port)
            for member in answer.members
        ]

    def append(
        self, stream: str, expected: int = NO_STREAM, ids: Sequence[UUID] = (), *, count: int = 1
    ) -> streams_pb2.AppendResp:
        """Over Append. Raises grpc.RpcError."""
        options = streams_pb2.AppendReq.Options()
        options.stream_identifier.stream_name = stream.encode()
        if expected == NO_STREAM:
            options.no_stream.SetInParent()
        else:
            options.revision = expected
        requests = [streams_pb2.AppendReq(options=options)]
        for event_id in ids or [uuid4() for _ in range(count)]:
            message = streams_pb2.AppendReq.ProposedMessage(
                id=shared_pb2.UUID(string=str(event_id)),
                metadata={"type": "Tested", "content-type": "application/json"},
                data=b"{}",
            )
            requests.append(streams_pb2.AppendReq(proposed_message=message))
        answer: streams_pb2.AppendResp = self.streams.Append(
            iter(requests), metadata=self.headers, timeout=ANSWER_S_MAX
        )
        return answer

    def read(self, stream: str) -> list[streams_pb2.ReadResp]:
        """Raises grpc.RpcError."""
        options = streams_pb2.ReadReq.Options(count=100)
        options.stream.stream_identifier.stream_name = stream.encode()
        options.stream.start.SetInParent()
        options.no_filter.SetInParent()
        options.uuid_option.string.SetInParent()
        request = streams_pb2.ReadReq(options=options)
        return list(self.streams.Read(request, metadata=self.headers, timeout=ANSWER_S_MAX))

    def subscribe_to_all(self) -> Iterator[streams_pb2.ReadResp]:
        """From the end on."""
        options = streams_pb2.ReadReq.Options()
        options.all.end.SetInParent()
        options.subscription.SetInParent()
        options.no_filter.SetInParent()
        options.uuid_option.string.SetInParent()
        request = streams_pb2.ReadReq(options=options)
        call: Iterator[streams_pb2.ReadResp] = self.streams.Read(request, metadata=self.headers)
        return call

    def open_batch(self) -> BatchClient:
        self._batches.append(BatchClient(self))
        return self._batches[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for batch in self._batches:
            batch.cancel()
        self.channel.close()


class BatchClient:
    """One open BatchAppend call."""

    def __init__(self, client: RawClient) -> None:
        self._requests: queue.SimpleQueue[streams_pb2.BatchAppendReq | None] = queue.SimpleQueue()
        self._call = client.streams.BatchAppend(
            iter(self._requests.get, None), metadata=client.headers, timeout=ANSWER_S_MAX
        )

    def send(
        self,
        stream: str,
        expected: int = NO_STREAM,
        ids: Sequence[UUID] = (),
        *,
        final: bool = True,
        deadline_s: int = 5,
    ) -> str:
        """Returns the correlation id."""
        correlation = str(uuid4())
        request = streams_pb2.BatchAppendReq(
            correlation_id=shared_pb2.UUID(string=correlation), is_final=final
        )
        request.options.stream_identifier.stream_name = stream.encode()
        request.options.deadline.seconds = deadline_s
        if expected == NO_STREAM:
            request.options.no_stream.SetInParent()
        else:
            request.options.stream_position = expected
        for event_id in ids or [uuid4()]:
            request.proposed_messages.add(
                id=shared_pb2.UUID(string=str(event_id)),
                metadata={"type": "Tested", "content-type": "application/json"},
                data=b"{}",
            )
        self._requests.put(request)
        return correlation

    def receive(self) -> streams_pb2.BatchAppendResp:
        """The next answer. Raises grpc.RpcError when the call is broken off."""
        answer: streams_pb2.BatchAppendResp = next(self._call)
        return answer

    def half_close(self) -> None:
        self._requests.put(None)

    def cancel(self) -> None:
        self.half_close()
        self._call.cancel()
