"""The contract suite over real gRPC: against the double with all engines, and against a real
server where INTERLOCK_TEST_ESDB names one (one node without TLS on this machine, such as
`esdb://localhost:2113?tls=false`).
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import ClassVar, Final

import pytest

from adapters.event_store.eventstoredb.connection_string import parse_connection_string
from adapters.event_store.eventstoredb.store import EventStoreDBStore
from application.ports.event_store import EventStore
from domain.log import NO_STREAM
from tests.esdb_double import Engine, EsdbDouble
from tests.esdb_double.relay import Relay
from tests.event_store.builders import facts, new_stream
from tests.event_store.contract import EventStoreContract
from tests.eventstoredb.support import address

pytestmark = pytest.mark.slow


class _OverTheDouble(EventStoreContract):
    engine: ClassVar[Engine]
    double: ClassVar[EsdbDouble]

    @pytest.fixture(autouse=True, scope="class")
    @classmethod
    def _double(cls) -> Iterator[None]:
        with EsdbDouble(engine=cls.engine) as double:
            cls.double = double
            yield

    async def make_store(self) -> EventStore:
        return EventStoreDBStore(address(self.double.target))

    @asynccontextmanager
    async def stalled(self, store: EventStore) -> AsyncIterator[None]:
        self.double.faults.hold_appends(stored=False)
        try:
            yield
        finally:
            self.double.faults.release_appends()


class TestClassicEngine(_OverTheDouble):
    engine = "23.10"


class TestNewerEngine(_OverTheDouble):
    engine = "24.2"


class TestNewestEngine(_OverTheDouble):
    engine = "26.1"


REAL: Final = os.environ.get("INTERLOCK_TEST_ESDB", "")

if REAL:

    class TestRealServer(EventStoreContract):
        relay: ClassVar[Relay]

        @pytest.fixture(autouse=True, scope="class")
        @classmethod
        def _relay(cls) -> Iterator[None]:
            port = int(parse_connection_string(REAL).seeds[0].rpartition(":")[2])
            with Relay(port) as relay:
                cls.relay = relay
                yield

        async def make_store(self) -> EventStore:
            return EventStoreDBStore(re.sub("//[^/?]+", f"//{self.relay.target}", REAL))

        @asynccontextmanager
        async def stalled(self, store: EventStore) -> AsyncIterator[None]:
            await store.append(new_stream(), NO_STREAM, facts(1))  # so that what comes is sent
            self.relay.freeze()
            try:
                yield
            finally:
                self.relay.thaw()
