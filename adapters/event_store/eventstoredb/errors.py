"""How this adapter fails beyond what the port names. Never carries credentials."""

from __future__ import annotations

import grpc.aio


class BadConnectionString(ValueError):
    """The connection string cannot be understood. The message never quotes user or password."""


class NoLeader(Exception):
    """No connection to a leader right now; the next attempt may succeed. Stays in this package."""


class StoreClosed(NoLeader):
    """The store was closed while somebody still waited for a connection."""


class GossipRefused(NoLeader):
    """A node answers and does not let us ask who leads."""

    def __init__(self, failure: grpc.aio.AioRpcError) -> None:
        super().__init__(f"gossip is refused: {failure.details()}")
        self.failure = failure
