"""Finds the leader of a cluster by an own Gossip.Read over the seeds.

Own code because esdbclient's discovery ignores `is_alive`: with a dead leader still listed beside
the new one it finds none for minutes. Here a leader is the one member that is both.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import grpc
import grpc.aio
from esdbclient.protos.Grpc.gossip_pb2 import ClusterInfo, MemberInfo

from adapters.event_store.eventstoredb import stubs
from adapters.event_store.eventstoredb.dialer import Dialer
from adapters.event_store.eventstoredb.errors import GossipRefused, NoLeader
from adapters.event_store.eventstoredb.tasks import describe

GOSSIP_TIMEOUT_S: Final = 1.0
SECOND_OPINION_S: Final = 0.25  # how long others may contradict one that names the suspect
RESOLVE_TIMEOUT_S: Final = 1.0
MEMBERS_MAX: Final = 32
NOT_LET_IN: Final = frozenset({
    grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED
})  # fmt: skip

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Node:
    """Where a node listens (`host:port`); `tls_name` when its certificate names another host."""

    address: str
    tls_name: str | None = None


class Discovery:
    """Asks all seeds at once, and the members they last named, so that none can hold it up."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._members: tuple[Node, ...] = ()

    @property
    def is_cluster(self) -> bool:
        return self._dialer.target.discover

    async def leader(self, *, suspect: str | None = None) -> Node:
        """The leader. `suspect` just failed: it is named only when nobody knows another.

        A single `esdb://` host is taken at its word. Raises NoLeader, and GossipRefused where
        nobody who answers lets us ask.
        """
        seeds = self._dialer.target.seeds
        if not self.is_cluster:
            return Node(seeds[0])
        asked = dict.fromkeys([*await self._resolved(seeds), *self._members])
        tasks = {asyncio.ensure_future(self._ask(node)) for node in asked}
        try:
            return await _first_to_know(tasks, suspect)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, node: Node) -> Node | GossipRefused | None:
        try:
            async with asyncio.timeout(GOSSIP_TIMEOUT_S):
                channel = await self._dialer.dial(node.address, tls_name=node.tls_name)
                try:
                    info = await stubs.gossip(channel, self._dialer.any_node, GOSSIP_TIMEOUT_S)
                finally:
                    await channel.close(None)
        except (NoLeader, grpc.aio.AioRpcError, TimeoutError) as failure:
            if isinstance(failure, grpc.aio.AioRpcError) and failure.code() in NOT_LET_IN:
                return GossipRefused(failure)
            _log.debug("no gossip from %s: %s", node.address, describe(failure))
            return None
        if len(info.members) > 1:
            self._members = tuple(map(_node, info.members[:MEMBERS_MAX]))
        return leader_of(info, asked=node)

    async def _resolved(self, seeds: Sequence[str]) -> list[Node]:
        """A cluster's DNS name stands for all of its nodes: one frozen node must not hide them."""
        found = await asyncio.gather(*map(_resolve, seeds))
        return [node for nodes in found for node in nodes][:MEMBERS_MAX]


def leader_of(info: ClusterInfo, *, asked: Node) -> Node | None:
    """The one member that is alive and leader. A node alone may advertise an address that only it
    knows, so the address where it answered is kept.
    """
    leaders = [m for m in info.members if m.is_alive and m.state == MemberInfo.Leader]
    if len(leaders) != 1:
        return None
    return asked if len(info.members) == 1 else _node(leaders[0])


def _node(member: MemberInfo) -> Node:
    host = member.http_end_point.address
    return Node(f"[{host}]:{member.http_end_point.port}" if ":" in host
                else f"{host}:{member.http_end_point.port}")  # fmt: skip


async def _resolve(seed: str) -> list[Node]:
    host, _, port = seed.rpartition(":")
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_TIMEOUT_S):
            found = await loop.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except (OSError, TimeoutError):
        return [Node(seed)]  # gRPC may still know better
    addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
    if len(addresses) < 2 or host == "localhost":
        return [Node(seed)]
    return [Node(f"[{a}]:{port}" if ":" in a else f"{a}:{port}", host) for a in addresses]


async def _first_to_know(
    tasks: set[asyncio.Task[Node | GossipRefused | None]], suspect: str | None
) -> Node:
    pending, fallback = tasks, None
    refused: GossipRefused | None = None
    while pending:
        done, pending = await asyncio.wait(
            pending,
            timeout=SECOND_OPINION_S if fallback else None,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not done:
            break
        for said in [task.result() for task in done]:
            if said is None:
                continue
            if isinstance(said, GossipRefused):
                refused = said
            elif said.address != suspect:
                return said
            else:
                fallback = said
    if fallback is None and refused is not None:
        raise refused
    if fallback is None:
        raise NoLeader("no seed names a leader that is alive")
    return fallback
