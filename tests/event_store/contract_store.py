"""What every chapter of the contract stands on: a store made for the test, and closed after it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from application.ports.event_store import EventStore


class StoreUnderTest:
    """Makes the store. `make_store` and `stalled` are what a store's own test module overrides."""

    async def make_store(self) -> EventStore:
        """A store that works; what it holds already does not matter."""
        raise NotImplementedError

    def stalled(self, store: EventStore) -> AbstractAsyncContextManager[None]:
        """While inside, an append that was sent is neither stored nor answered; reads may hang.

        Leaving lets everything go on.
        """
        raise NotImplementedError

    @pytest.fixture
    async def store(self) -> AsyncIterator[EventStore]:
        store = await self.make_store()
        yield store
        await store.aclose()
