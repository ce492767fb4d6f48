"""Nodes that share one log, one of them leading; a test decides who leads, dies or freezes.

There is no election: whoever is promoted leads at once. Gossip behaves as was seen on a cluster
of three: a leader that died or froze stays listed as leader, not alive, beside the new one.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Self

from tests.esdb_double.engines import Engine
from tests.esdb_double.events import Stored
from tests.esdb_double.gossip import Member
from tests.esdb_double.log import Log
from tests.esdb_double.node import HOST, EsdbDouble
from tests.esdb_double.running import Runs


class EsdbCluster(Runs):
    """Nodes 0 to size-1; node 0 leads first."""

    def __init__(self, size: int = 3, *, engine: Engine = "24.2") -> None:
        self.log = Log()
        self.nodes = [EsdbDouble(engine=engine, log=self.log) for _ in range(size)]
        self.leader: int | None = None
        self._states = ["Follower"] * size  # as gossip lists them
        self._silent: set[int] = set()  # dead or frozen
        self._members: list[Member] = []
        self._lock = threading.RLock()

    @property
    def targets(self) -> list[str]:
        return [node.target for node in self.nodes]

    def start(self) -> Self:
        for node in self.nodes:
            node.start()
            node.set_gossip(self.gossip)
        self._members = [Member(HOST, node.port) for node in self.nodes]
        self.promote(0)
        return self

    def stop(self) -> None:
        for node in self.nodes:
            node.stop()

    def promote(self, index: int) -> None:
        """Makes this node the leader. A former leader becomes a follower, if it lives."""
        with self._lock:
            former, self.leader = self.leader, index
            if former is not None and former != index and former not in self._silent:
                self._states[former] = "Follower"
            self._states[index] = "Leader"
            self._silent.discard(index)
            for number, node in enumerate(self.nodes):
                if number == index:
                    node.lead()
                else:
                    node.follow(HOST, self.nodes[index].port)

    def depose(self) -> None:
        """Nobody leads until the next promotion; who asks for the leader is told to wait."""
        with self._lock:
            self.leader = None
            for number, node in enumerate(self.nodes):
                node.follow(None)
                if number not in self._silent:
                    self._states[number] = "Follower"

    def kill(self, index: int) -> None:
        """Its connections break and its port refuses; nobody takes over until promoted."""
        with self._lock:
            self._silent.add(index)
        self.nodes[index].stop()

    def restart(self, index: int) -> None:
        """Back on the same port, as a follower unless it still leads."""
        self.nodes[index].faults.clear()
        self.nodes[index].restart()
        with self._lock:
            self._silent.discard(index)
            if index != self.leader:
                self._states[index] = "Follower"

    def freeze(self, index: int) -> None:
        """It accepts and never answers; the others list it as not alive."""
        with self._lock:
            self._silent.add(index)
        self.nodes[index].faults.freeze()

    def thaw(self, index: int) -> None:
        """Works off what came in; a leader deposed meanwhile exits instead, as a server does
        that wakes into a newer epoch, and needs restart."""
        if self._states[index] == "Leader" and index != self.leader:
            self.kill(index)
            self.nodes[index].faults.thaw()
            return
        with self._lock:
            self._silent.discard(index)
        self.nodes[index].faults.thaw()

    def gossip(self) -> Sequence[Member]:
        with self._lock:
            return [
                Member(
                    member.host,
                    member.port,
                    self._states[number],
                    number not in self._silent,
                    member.instance,
                )
                for number, member in enumerate(self._members)
            ]

    def events(self, stream_prefix: str = "") -> list[Stored]:
        return self.nodes[0].events(stream_prefix)
