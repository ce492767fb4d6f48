"""Gossip and server features: what a node says about the cluster and about itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import grpc
from esdbclient.protos.Grpc import gossip_pb2, gossip_pb2_grpc, shared_pb2
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message

from tests.esdb_double.convert import uuid_message
from tests.esdb_double.log import ticks_now
from tests.esdb_double.node_core import NodeCore

FEATURES_PACKAGE = "event_store.client.server_features"


@dataclass(frozen=True, slots=True)
class Member:
    """A node as gossip lists it. state: Leader, Follower, ReadOnlyReplica, ..."""

    host: str
    port: int
    state: str = "Leader"
    alive: bool = True
    instance: UUID = field(default_factory=uuid4)

    def message(self) -> gossip_pb2.MemberInfo:
        return gossip_pb2.MemberInfo(
            instance_id=uuid_message(self.instance, structured=True),
            time_stamp=ticks_now(),
            state=gossip_pb2.MemberInfo.VNodeState.Value(self.state),
            is_alive=self.alive,
            http_end_point=gossip_pb2.EndPoint(address=self.host, port=self.port),
        )


class GossipService(gossip_pb2_grpc.GossipServicer):
    """Lists whatever it is told to list."""

    def __init__(self, node: NodeCore, members: Callable[[], Sequence[Member]]) -> None:
        self._node = node
        self._members = members

    def Read(  # noqa: N802 - the protocol's name
        self, request: shared_pb2.Empty, context: grpc.ServicerContext
    ) -> gossip_pb2.ClusterInfo:
        self._node.count("Gossip")
        with self._node.calls.opened("Gossip", context) as call:
            self._node.wait_while_frozen(call)
            self._node.let_in(call, anybody=True)
        return gossip_pb2.ClusterInfo(members=[member.message() for member in self._members()])


def features_handler(version: str) -> grpc.GenericRpcHandler[Message, Message]:
    """ServerFeatures.GetSupportedMethods, for which esdbclient ships no message classes.

    version: three parts, such as "24.2.0".
    """
    methods = {
        "append": (),
        "batchappend": ("deadline_duration",),
        "delete": (),
        "read": ("position", "events"),
        "tombstone": (),
    }
    kind = _supported_methods_kind()
    answer = kind(event_store_server_version=version)
    for name, features in methods.items():
        answer.methods.add(  # type: ignore[attr-defined]
            method_name=name, service_name="event_store.client.streams.streams", features=features
        )
    handler = grpc.unary_unary_rpc_method_handler(
        lambda request, context: answer,
        request_deserializer=shared_pb2.Empty.FromString,
        response_serializer=kind.SerializeToString,
    )
    service = f"{FEATURES_PACKAGE}.ServerFeatures"
    return grpc.method_handlers_generic_handler(service, {"GetSupportedMethods": handler})


def _supported_methods_kind() -> type[Message]:
    text, repeated = descriptor_pb2.FieldDescriptorProto.TYPE_STRING, 3
    file = descriptor_pb2.FileDescriptorProto(
        name="serverfeatures_of_double.proto", package=FEATURES_PACKAGE, syntax="proto3"
    )
    one = file.message_type.add(name="SupportedMethod")
    one.field.add(name="method_name", number=1, type=text, label=1)
    one.field.add(name="service_name", number=2, type=text, label=1)
    one.field.add(name="features", number=3, type=text, label=repeated)
    many = file.message_type.add(name="SupportedMethods")
    many.field.add(
        name="methods",
        number=1,
        type=descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE,
        type_name=f".{FEATURES_PACKAGE}.SupportedMethod",
        label=repeated,
    )
    many.field.add(name="event_store_server_version", number=2, type=text, label=1)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    found = pool.FindMessageTypeByName(f"{FEATURES_PACKAGE}.SupportedMethods")
    return message_factory.GetMessageClass(found)
