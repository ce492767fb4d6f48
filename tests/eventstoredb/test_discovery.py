"""Who the leader is, by what the nodes say of each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc.aio
import pytest
from esdbclient.protos.Grpc.gossip_pb2 import ClusterInfo, EndPoint, MemberInfo

from adapters.event_store.eventstoredb.connection_string import parse_connection_string
from adapters.event_store.eventstoredb.dialer import Dialer
from adapters.event_store.eventstoredb.discovery import Discovery, Node, leader_of
from adapters.event_store.eventstoredb.errors import NoLeader
from adapters.event_store.eventstoredb.link import leader_named_in
from tests.esdb_double import EsdbCluster
from tests.eventstoredb.support import address

LEADER, FOLLOWER = MemberInfo.Leader, MemberInfo.Follower


def member(
    port: int, state: MemberInfo.VNodeState.ValueType, *, alive: bool = True, host: str = "n"
) -> MemberInfo:
    place = EndPoint(address=host, port=port)
    return MemberInfo(state=state, is_alive=alive, http_end_point=place)


def cluster_info(*members: MemberInfo) -> ClusterInfo:
    return ClusterInfo(members=members)


@pytest.mark.parametrize(
    ("members", "leader"),
    [
        ([member(1, FOLLOWER), member(2, LEADER)], Node("n:2")),
        ([member(1, LEADER, alive=False), member(2, LEADER)], Node("n:2")),
        ([member(1, LEADER, alive=False), member(2, FOLLOWER)], None),
        ([member(1, LEADER), member(2, LEADER)], None),
        ([member(1, FOLLOWER), member(2, LEADER, host="::1")], Node("[::1]:2")),
        ([member(7, LEADER, host="inside")], Node("asked:1")),
        ([member(7, FOLLOWER)], None),
        ([], None),
    ],
)
def test_the_one_that_is_alive_and_leader(members: list[MemberInfo], leader: Node | None) -> None:
    assert leader_of(cluster_info(*members), asked=Node("asked:1")) == leader


def test_where_a_follower_points_to() -> None:
    def failure(**trailers: str) -> grpc.aio.AioRpcError:
        named = ((key.replace("_", "-"), value) for key, value in trailers.items())
        return grpc.aio.AioRpcError(
            grpc.StatusCode.NOT_FOUND, grpc.aio.Metadata(), grpc.aio.Metadata(*named), "", ""
        )

    place = {"leader_endpoint_host": "h", "leader_endpoint_port": "5"}
    assert leader_named_in(failure(exception="not-leader", **place)) == "h:5"
    assert leader_named_in(failure(exception="stream-deleted", **place)) is None
    assert leader_named_in(failure(exception="not-leader")) is None
    assert leader_named_in("something else") is None


@pytest.mark.slow
class TestOverTheWire:
    @pytest.fixture
    async def cluster(self) -> AsyncIterator[EsdbCluster]:
        async with EsdbCluster(3) as cluster:
            yield cluster

    def discovery(self, *targets: str) -> Discovery:
        return Discovery(Dialer(parse_connection_string(address(*targets))))

    async def test_it_is_found_from_any_seed(self, cluster: EsdbCluster) -> None:
        cluster.promote(1)
        for target in cluster.targets:
            discovery = Discovery(Dialer(parse_connection_string(
                f"esdb+discover://{target}?tls=false"
            )))  # fmt: skip
            assert await discovery.leader() == Node(cluster.targets[1])

    async def test_dead_and_frozen_seeds_hold_nobody_up(self, cluster: EsdbCluster) -> None:
        discovery = self.discovery(*cluster.targets)
        cluster.freeze(0)
        await asyncio.to_thread(cluster.kill, 1)
        cluster.promote(2)
        assert await discovery.leader(suspect=cluster.targets[0]) == Node(cluster.targets[2])

    async def test_members_once_named_are_asked_as_well(self, cluster: EsdbCluster) -> None:
        discovery = self.discovery(cluster.targets[0], "127.0.0.1:1")
        assert await discovery.leader() == Node(cluster.targets[0])
        await asyncio.to_thread(cluster.kill, 0)
        cluster.promote(1)
        assert await discovery.leader() == Node(cluster.targets[1])

    async def test_a_suspect_that_everybody_names_is_named(self, cluster: EsdbCluster) -> None:
        discovery = self.discovery(*cluster.targets)
        assert await discovery.leader(suspect=cluster.targets[0]) == Node(cluster.targets[0])

    async def test_before_the_election_ends_there_is_none(self, cluster: EsdbCluster) -> None:
        cluster.depose()
        with pytest.raises(NoLeader):
            await self.discovery(*cluster.targets).leader()

    async def test_a_single_host_is_taken_at_its_word(self) -> None:
        assert await self.discovery("127.0.0.1:1").leader() == Node("127.0.0.1:1")
