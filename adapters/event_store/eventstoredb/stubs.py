"""Typed doors to the generated gRPC stubs, which carry no types. Decides nothing."""

from __future__ import annotations

from typing import TypeAlias, cast

import grpc.aio
from esdbclient.protos.Grpc.gossip_pb2 import ClusterInfo
from esdbclient.protos.Grpc.gossip_pb2_grpc import GossipStub
from esdbclient.protos.Grpc.shared_pb2 import Empty
from esdbclient.protos.Grpc.streams_pb2 import BatchAppendReq, BatchAppendResp, ReadReq, ReadResp
from esdbclient.protos.Grpc.streams_pb2_grpc import StreamsStub

CallMetadata: TypeAlias = tuple[tuple[str, str], ...]
BatchAppendCall: TypeAlias = "grpc.aio.StreamStreamCall[BatchAppendReq, BatchAppendResp]"
ReadCall: TypeAlias = "grpc.aio.UnaryStreamCall[ReadReq, ReadResp]"


def batch_append(channel: grpc.aio.Channel, metadata: CallMetadata) -> BatchAppendCall:
    """Opens one BatchAppend call without a deadline: it lives as long as the connection."""
    stub = StreamsStub(channel)  # type: ignore[no-untyped-call]
    return cast(BatchAppendCall, stub.BatchAppend(metadata=metadata))


def read(
    channel: grpc.aio.Channel, request: ReadReq, metadata: CallMetadata, timeout_s: float | None
) -> ReadCall:
    """Opens one Read call; a subscription has no deadline (None)."""
    stub = StreamsStub(channel)  # type: ignore[no-untyped-call]
    return cast(ReadCall, stub.Read(request, metadata=metadata, timeout=timeout_s))


async def gossip(
    channel: grpc.aio.Channel, metadata: CallMetadata, timeout_s: float
) -> ClusterInfo:
    """What one node believes of its cluster. Raises grpc.aio.AioRpcError."""
    stub = GossipStub(channel)  # type: ignore[no-untyped-call]
    return cast(ClusterInfo, await stub.Read(Empty(), metadata=metadata, timeout=timeout_s))
