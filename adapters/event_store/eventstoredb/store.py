"""EventStoreDBStore: the EventStore port over an EventStoreDB server or cluster.

Only puts the parts together. Three connections, one each for appends, reads and subscriptions, so
that trouble of one ends none of the others' calls.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence

from adapters.event_store.eventstoredb.appender import Appender
from adapters.event_store.eventstoredb.connection_string import parse_connection_string
from adapters.event_store.eventstoredb.dialer import Dialer
from adapters.event_store.eventstoredb.discovery import Discovery
from adapters.event_store.eventstoredb.gate import Access
from adapters.event_store.eventstoredb.link import LeaderLink
from adapters.event_store.eventstoredb.reader import Reader
from adapters.event_store.eventstoredb.session import WINDOW_APPENDS
from adapters.event_store.eventstoredb.subscription import Subscription
from adapters.outage import Outage
from application.ports.event_store import READ_EVENTS_MAX, Appended
from domain.log import Delivery, NewEvent, Position, RecordedEvent, Revision

_log = logging.getLogger(__name__)


class EventStoreDBStore:
    """Connects when first used. To be made and closed in a running event loop."""

    def __init__(self, connection_string: str, *, window: int = WINDOW_APPENDS) -> None:
        """`window`: appends in flight at once. Raises BadConnectionString."""
        dialer = Dialer(parse_connection_string(connection_string))
        discovery = Discovery(dialer)
        self._seeds = ",".join(dialer.target.seeds)
        self._access = access = Access(dialer.user)
        outage = Outage(_log, "no connection to the leader")
        self._appends = LeaderLink(dialer, discovery, access, outage)
        self._reads = LeaderLink(dialer, discovery, access, outage)
        self._subscriptions = LeaderLink(dialer, discovery, access, outage)
        self._reader = Reader(self._reads)
        self._appender = Appender(self._appends, self._reader.locate, window=window)

    def __repr__(self) -> str:
        return f"EventStoreDBStore({self._seeds})"

    @property
    def queued_appends(self) -> int:
        """Appends whose fate is not known yet, sent or not."""
        return self._appender.queued

    @property
    def refused(self) -> str | None:
        """What the server refuses us, None where it lets us in (as far as anybody tried)."""
        return self._access.refused

    async def append(
        self,
        stream: str,
        expected: Revision,
        events: Sequence[NewEvent],
        *,
        timeout_s: float | None = None,
    ) -> Appended:
        """See EventStore."""
        return await self._appender.append(stream, expected, events, timeout_s)

    async def read_stream(
        self,
        stream: str,
        *,
        from_revision: Revision | None = None,
        backwards: bool = False,
        limit: int = READ_EVENTS_MAX,
    ) -> list[RecordedEvent]:
        """See EventStore."""
        return await self._reader.read_stream(
            stream, from_revision=from_revision, backwards=backwards, limit=limit
        )

    async def read_all(
        self, *, after: Position, limit: int = READ_EVENTS_MAX
    ) -> list[RecordedEvent]:
        """See EventStore."""
        return await self._reader.read_all(after=after, limit=limit)

    async def head(self) -> Position:
        """See EventStore."""
        return await self._reader.head()

    async def metadata(self) -> dict[str, bytes]:
        """What somebody wrote of our streams behind our back, by stream, as JSON: Interlock itself
        writes none. Passes over the whole log. Raises StoreUnavailable."""
        return await self._reader.metadata()

    def subscribe(self, *, after: Position) -> AsyncGenerator[Delivery, None]:
        """See EventStore."""
        return Subscription(self._subscriptions, after).deliveries()

    async def aclose(self) -> None:
        """See EventStore. May be called twice."""
        await self._appender.aclose()
        await asyncio.gather(
            self._appends.aclose(), self._reads.aclose(), self._subscriptions.aclose()
        )
