"""Bugs planted in the adapter, each seen by what the tests of its subject look at: else those would
prove nothing. (A library that shuts itself down: test_ends.py; a foreign stream that is parked:
tests/projections/test_foreign.py.)
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from adapters.event_store.eventstoredb import messages
from adapters.event_store.eventstoredb.connection import Connection
from adapters.event_store.eventstoredb.gate import Access as Gates
from adapters.event_store.eventstoredb.store import EventStoreDBStore
from application.ports.event_store import AccessRefused, AppendNotSent, FateUnknown
from domain.log import BEFORE_FIRST, NO_STREAM, POSITION_MAX, CaughtUp, Checkpoint
from tests.esdb_double import Access, EsdbDouble
from tests.event_store.builders import PATIENCE_S, facts, new_stream, soon
from tests.eventstoredb.support import opened
from tests.eventstoredb.test_tls import CERTIFICATE, KEY
from tests.simulation.sabotage.planting import Swap

pytestmark = pytest.mark.slow

SHORT_S = 1.0


async def follows_a_fresh_log(*, within_s: float = PATIENCE_S) -> bool:
    """Whether nothing that is no position is told, and the first event is."""
    async with (
        EsdbDouble(engine="24.2") as double,
        opened(double.target) as store,
        aclosing(store.subscribe(after=BEFORE_FIRST)) as deliveries,
    ):
        places = []
        async for delivery in deliveries:
            if isinstance(delivery, CaughtUp):
                break
            places.append(delivery.position)
        await store.append(new_stream(), NO_STREAM, facts(1))
        try:
            told = await asyncio.wait_for(anext(deliveries), within_s)
        except TimeoutError:
            return False
        return max(places, default=0) <= POSITION_MAX and not isinstance(told, Checkpoint)


async def test_a_checkpoint_of_nothing_yet_taken_as_progress_is_seen() -> None:
    assert await follows_a_fresh_log()

    def place(commit_position: int) -> int:
        return commit_position

    with Swap("adapters.event_store.eventstoredb.messages:place", place).made():
        assert not await follows_a_fresh_log(within_s=SHORT_S)


async def what_a_stranger_is_told(*, within_s: float = PATIENCE_S) -> type[Exception]:
    access = Access(passwords={"till": "right"})
    pair = (KEY.read_bytes(), CERTIFICATE.read_bytes())
    async with EsdbDouble(access=access, certificate=pair) as double:
        uri = f"esdb://till:wrong@localhost:{double.port}?tlsCaFile={CERTIFICATE}"
        store = EventStoreDBStore(uri)
        try:
            await store.append(new_stream(), NO_STREAM, facts(1), timeout_s=within_s)
        except Exception as failure:
            return type(failure)
        finally:
            await store.aclose()
    raise AssertionError("a stranger was let in")


async def test_credentials_that_are_refused_taken_as_ambiguous_are_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert await what_a_stranger_is_told() is AccessRefused

    def nothing(self: Gates, failure: object, *, whole_log: bool = False) -> None:
        return None

    monkeypatch.setattr("adapters.event_store.eventstoredb.appender.CLOSE_TIMEOUT_S", 0.1)
    with Swap("adapters.event_store.eventstoredb.gate:Access.refusal", nothing).made():
        assert await what_a_stranger_is_told(within_s=SHORT_S) in (FateUnknown, AppendNotSent)


async def open_calls_after_closing() -> int:
    async with EsdbDouble() as double, opened(double.target) as store:
        connection = await store._subscriptions.connection()
        call = connection.read(messages.subscribe_request(after=BEFORE_FIRST), None)
        await call.read()
        await store._subscriptions.drop(connection, "a test")
        return connection.open_calls


async def test_a_drain_that_is_left_out_is_seen() -> None:
    assert await soon(open_calls_after_closing()) == 0

    async def aclose(self: Connection) -> None:
        """Lets go of the connection, whatever is still open on it."""

    swap = Swap("adapters.event_store.eventstoredb.connection:Connection.aclose", aclose)
    with swap.made():
        assert await soon(open_calls_after_closing()) == 1
