"""Several doubles that share a log: who leads, what gossip says, death, freezing and return."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import grpc
import pytest

from tests.esdb_double import EsdbCluster, EsdbDouble, Member
from tests.eventstoredb.raw_client import RawClient, trailers_of

pytestmark = pytest.mark.slow


@pytest.fixture
def cluster() -> Iterator[EsdbCluster]:
    with EsdbCluster(3) as started:
        yield started


def gossip_of(cluster: EsdbCluster, index: int) -> list[tuple[str, bool]]:
    with RawClient(cluster.targets[index]) as client:
        listed = client.gossip()
    assert [port for _, _, port in listed] == [node.port for node in cluster.nodes]
    return [(state, alive) for state, alive, _ in listed]


def test_one_log_is_read_on_every_node(cluster: EsdbCluster) -> None:
    with RawClient(cluster.targets[0], requires_leader=True) as leader:
        leader.append("s-1")
    for target in cluster.targets:
        with RawClient(target) as any_node:
            assert len(any_node.read("s-1")) == 1


def test_a_follower_points_at_the_leader(cluster: EsdbCluster) -> None:
    cluster.promote(2)
    with (
        RawClient(cluster.targets[0], requires_leader=True) as client,
        pytest.raises(grpc.RpcError) as refused,
    ):
        client.append("s-1")
    trailers = trailers_of(refused)
    assert trailers["leader-endpoint-port"] == str(cluster.nodes[2].port)


def test_without_a_leader_who_asks_for_it_is_told_to_wait(cluster: EsdbCluster) -> None:
    cluster.depose()
    with (
        RawClient(cluster.targets[0], requires_leader=True) as client,
        pytest.raises(grpc.RpcError) as refused,
    ):
        client.append("s-1")
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    assert gossip_of(cluster, 1) == [("Follower", True)] * 3


def test_a_dead_leader_stays_listed_beside_the_new_one(cluster: EsdbCluster) -> None:
    cluster.kill(0)
    cluster.promote(1)
    assert gossip_of(cluster, 1) == [("Leader", False), ("Leader", True), ("Follower", True)]
    with (
        RawClient(cluster.targets[0]) as client,
        pytest.raises(grpc.RpcError) as refused,
    ):
        client.append("s-1")
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    cluster.restart(0)
    assert gossip_of(cluster, 0) == [("Follower", True), ("Leader", True), ("Follower", True)]


def test_a_frozen_leader_deposed_meanwhile_stores_nothing_when_it_wakes(
    cluster: EsdbCluster,
) -> None:
    ids = [uuid4()]
    with RawClient(cluster.targets[0], requires_leader=True) as former:
        batch = former.open_batch()
        batch.send("s-0")
        batch.receive()
        cluster.freeze(0)
        batch.send("s-1", ids=ids)
        cluster.promote(1)
        assert gossip_of(cluster, 2) == [("Leader", False), ("Leader", True), ("Follower", True)]
        with RawClient(cluster.targets[1], requires_leader=True) as leader:
            leader.append("s-1", ids=ids)
        cluster.thaw(0)
        with pytest.raises(grpc.RpcError):
            batch.receive()
    assert [event.event_id for event in cluster.events("s-1")] == ids
    assert cluster.nodes[0].counters.appends_seen == 1


def test_a_frozen_leader_that_still_leads_works_off_what_came_in(cluster: EsdbCluster) -> None:
    with RawClient(cluster.targets[0], requires_leader=True) as client:
        batch = client.open_batch()
        batch.send("s-0")
        batch.receive()
        cluster.freeze(0)
        batch.send("s-1")
        cluster.thaw(0)
        assert batch.receive().success.current_revision == 0
    assert gossip_of(cluster, 1)[0] == ("Leader", True)


def test_a_single_node_lists_itself_or_what_it_is_told() -> None:
    with EsdbDouble() as double, RawClient(double.target) as client:
        assert client.gossip() == [("Leader", True, double.port)]
        double.set_gossip([Member("127.0.0.1", 7, "ReadOnlyReplica", alive=False)])
        assert client.gossip() == [("ReadOnlyReplica", False, 7)]


def test_a_restart_keeps_port_and_log_and_forgets_ids() -> None:
    with EsdbDouble() as double:
        port, event_id = double.port, uuid4()
        with RawClient(double.target) as client:
            client.append("s-1", ids=[event_id])
        known = double.log.known_ids.revision(event_id, "s-1")
        double.restart()
        assert double.port == port
        assert known == 0
        assert double.log.known_ids.revision(event_id, "s-1") is None
        with RawClient(double.target) as client:
            assert len(client.read("s-1")) == 1
