"""One connection to the leader: found when it is needed, dropped when it fails.

Appends, reads and subscriptions each have a link of their own, so that trouble of one ends none of
the others' calls. Sends nothing itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Final, cast

import grpc.aio

from adapters.event_store.eventstoredb.backoff import Backoff
from adapters.event_store.eventstoredb.connection import Connection
from adapters.event_store.eventstoredb.dialer import Dialer
from adapters.event_store.eventstoredb.discovery import Discovery, Node
from adapters.event_store.eventstoredb.errors import GossipRefused, NoLeader, StoreClosed
from adapters.event_store.eventstoredb.gate import Access
from adapters.event_store.eventstoredb.tasks import describe
from adapters.outage import Outage

CHECK_INTERVAL_S: Final = 1.0
_log = logging.getLogger(__name__)


class LeaderLink:
    """Hands out the connection to the leader; callers report when it fails or works."""

    def __init__(
        self, dialer: Dialer, discovery: Discovery, access: Access, outage: Outage
    ) -> None:
        """`outage`: of all links of a store together."""
        self._dialer, self._discovery, self._outage = dialer, discovery, outage
        self.access = access
        self._lock = asyncio.Lock()
        self._backoff = Backoff()
        self._connection: Connection | None = None
        self._address: str | None = None  # of the connection, or of the last one that failed
        self._hint: str | None = None
        self._closed = False
        self._check: asyncio.Task[None] | None = None
        self._checked_at = float("-inf")

    async def connection(self) -> Connection:
        """The connection to the leader; connects first, with a jittered pause after a failure.

        Raises NoLeader: to be tried again; StoreClosed: not; AccessRefused.
        """
        async with self._lock:
            self._refuse_when_closed()
            if self._connection is None:
                if self._backoff.failures:
                    await asyncio.sleep(self._backoff.next_s())
                try:
                    connection = await self._connect()
                except GossipRefused as refused:
                    raise self._refusal(refused) from None
                except NoLeader as failure:
                    self._outage.failed(failure)
                    self._backoff.failures = max(1, self._backoff.failures)
                    raise
                self._connection = connection
                self._refuse_when_closed()  # aclose may have come meanwhile
            return self._connection

    def works(self) -> None:
        """The leader answered: the next failure is again the first."""
        self._backoff.reset()
        self._outage.works()

    async def drop(self, connection: Connection, failure: object) -> None:
        """Lets go of `connection` because of `failure`, unless somebody already did."""
        if connection is not self._connection:
            return
        self._connection = None
        self._backoff.failures += 1
        self._hint = leader_named_in(failure)
        self._outage.failed(f"{self._address}: {describe(failure)}")
        _log.debug("connection to the leader %s dropped: %s", self._address, describe(failure))
        await connection.aclose()

    def doubt(self) -> None:
        """The leader answers, but does not do its work: looks, beside the way, for another one."""
        if self._closed or not self._discovery.is_cluster:
            return
        now = asyncio.get_running_loop().time()
        is_checking = self._check is not None and not self._check.done()
        if not is_checking and now - self._checked_at >= CHECK_INTERVAL_S:
            self._checked_at = now
            self._check = asyncio.create_task(self._look_for_another())

    async def aclose(self) -> None:
        self._closed = True
        if self._check is not None:
            self._check.cancel()
            await asyncio.gather(self._check, return_exceptions=True)
        async with self._lock:  # whoever is connecting finishes first, and finds it closed
            connection, self._connection = self._connection, None
            if connection is not None:
                await connection.aclose()

    def _refusal(self, refused: GossipRefused) -> Exception:
        return self.access.refusal(refused.failure) or NoLeader(str(refused))

    def _refuse_when_closed(self) -> None:
        if self._closed:
            raise StoreClosed("the store is closed")

    async def _connect(self) -> Connection:
        hint, self._hint = self._hint, None
        # In a cluster gossip is asked; a host given alone can only be followed to where it points.
        if hint is not None and not self._discovery.is_cluster:
            node = Node(hint)
        else:
            failed = self._address if self._backoff.failures else None
            node = await self._discovery.leader(suspect=failed)
        self._address = node.address
        channel = await self._dialer.dial(node.address, tls_name=node.tls_name)
        _log.info("connected to the leader %s", node.address)
        return Connection(channel, node.address, self._dialer.leader_only)

    async def _look_for_another(self) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            leader = await self._discovery.leader(suspect=connection.address)
        except NoLeader:
            return
        if leader.address != connection.address:
            await self.drop(connection, f"{leader.address} leads now")


def leader_named_in(failure: object) -> str | None:
    """`host:port` that a not-leader answer points to, None for any other failure."""
    if not isinstance(failure, grpc.aio.AioRpcError):
        return None
    trailers = cast(Mapping[str, str], failure.trailing_metadata() or {})
    host, port = trailers.get("leader-endpoint-host"), trailers.get("leader-endpoint-port")
    if trailers.get("exception") != "not-leader" or not host or not port:
        return None
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
