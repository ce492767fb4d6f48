"""The store in memory passes the contract."""

from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

from adapters.event_store.memory import MemoryEventStore
from application.ports.event_store import EventStore
from tests.event_store.contract import EventStoreContract


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return 0.0


class TestMemoryEventStore(EventStoreContract):
    async def make_store(self) -> EventStore:
        return MemoryEventStore(WallClock())

    def stalled(self, store: EventStore) -> AbstractAsyncContextManager[None]:
        assert isinstance(store, MemoryEventStore)
        return store.stalled()
