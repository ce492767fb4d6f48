"""The store in PostgreSQL passes the contract."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import psycopg
import pytest

from adapters.event_store.postgres.store import EmbeddedEventStore
from application.ports.event_store import EventStore
from tests.event_store.contract import EventStoreContract

pytestmark = pytest.mark.slow


@asynccontextmanager
async def locked_table(dsn: str) -> AsyncIterator[None]:
    """Another session locks the table: writers wait, readers do not."""
    async with await psycopg.AsyncConnection.connect(dsn) as connection:
        await connection.execute("LOCK TABLE event_log IN EXCLUSIVE MODE")
        yield
        await connection.rollback()


class TestEmbeddedEventStore(EventStoreContract):
    @pytest.fixture(autouse=True)
    def _database(self, database_dsn: str) -> None:
        self.dsn = database_dsn

    async def make_store(self) -> EventStore:
        return await EmbeddedEventStore.connect(self.dsn)

    def stalled(self, store: EventStore) -> AbstractAsyncContextManager[None]:
        return locked_table(self.dsn)
