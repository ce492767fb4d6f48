"""Several stores on one database, as the API and its workers are: one log, one order."""

import asyncio
from contextlib import aclosing

import pytest
from eventsourcing.postgres import PostgresApplicationRecorder

from adapters.event_store.postgres.datastore import LogDatastore
from adapters.event_store.postgres.recorder import TABLE
from adapters.event_store.postgres.store import EmbeddedEventStore
from application.ports.event_store import Appended, WrongRevision
from domain.log import BEFORE_FIRST, NO_STREAM, RecordedEvent
from tests.event_store.builders import append_whatever_comes, facts, ids, new_stream, soon

pytestmark = pytest.mark.slow

STORES = 3


async def connect_all(dsn: str) -> list[EmbeddedEventStore]:
    """All at once, on a database that none has seen before."""
    return list(await asyncio.gather(*(EmbeddedEventStore.connect(dsn) for _ in range(STORES))))


async def close_all(stores: list[EmbeddedEventStore]) -> None:
    await asyncio.gather(*(store.aclose() for store in stores))


async def test_of_rivals_in_several_processes_one_wins(database_dsn: str) -> None:
    stores = await connect_all(database_dsn)
    for _ in range(20):
        stream = new_stream()
        answers = await soon(
            asyncio.gather(
                *(store.append(stream, NO_STREAM, facts(2)) for store in stores),
                return_exceptions=True,
            )
        )
        kinds = [type(answer) for answer in answers]
        assert sorted(kinds, key=str) == sorted(
            [Appended, *[WrongRevision] * (STORES - 1)], key=str
        )
    await close_all(stores)


async def test_writers_in_several_processes_lose_nothing(database_dsn: str) -> None:
    stores = await connect_all(database_dsn)
    stream, given = new_stream(), facts(60)

    async def write(turn: int) -> None:
        for event in given[turn::STORES]:
            await append_whatever_comes(stores[turn], stream, event)

    await soon(asyncio.gather(*(write(turn) for turn in range(STORES))))
    found = await stores[0].read_stream(stream)
    assert [event.revision for event in found] == list(range(60))
    assert sorted(ids(found)) == sorted(ids(given))
    await close_all(stores)


async def test_a_follower_misses_nothing_that_several_processes_write(database_dsn: str) -> None:
    stores = await connect_all(database_dsn)
    follower = await EmbeddedEventStore.connect(database_dsn)
    seen: list[RecordedEvent] = []

    async def follow() -> None:
        async with aclosing(follower.subscribe(after=BEFORE_FIRST)) as subscription:
            async for delivery in subscription:
                if isinstance(delivery, RecordedEvent):
                    seen.append(delivery)
                if len(seen) == STORES * 4 * 50:
                    return

    async def write(store: EmbeddedEventStore) -> None:
        for _ in range(50):
            await store.append(new_stream(), NO_STREAM, facts(1))

    writers = [write(store) for store in stores for _ in range(4)]
    await soon(asyncio.gather(follow(), *writers))
    assert seen == await follower.read_all(after=BEFORE_FIRST)
    await close_all([*stores, follower])


async def test_the_log_is_one_that_the_eventsourcing_library_reads(database_dsn: str) -> None:
    store = await EmbeddedEventStore.connect(database_dsn)
    stream, given = new_stream(), facts(3)
    await store.append(stream, NO_STREAM, given)
    datastore = LogDatastore(database_dsn)
    library = PostgresApplicationRecorder(datastore, events_table_name=TABLE)
    notifications = library.select_notifications(None, 10)
    assert [(one.topic, one.state) for one in notifications] == [
        (event.type, event.data) for event in given
    ]
    assert [one.originator_version for one in library.select_events(stream)] == [0, 1, 2]
    assert library.max_notification_id() == await store.head()
    datastore.close()
    await store.aclose()
