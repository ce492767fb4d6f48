"""The store in PostgreSQL when things break: nothing is lost, doubled, or held up for long."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence

import psycopg
import pytest

from adapters.event_store import following
from adapters.event_store.postgres.store import EmbeddedEventStore
from adapters.event_store.queued import Outcome, QueuedAppend
from adapters.servers.postgres import PostgresFolder
from application.ports.event_store import Appended, StoreFailure
from domain.log import BEFORE_FIRST, NO_STREAM, RecordedEvent
from tests.event_store.builders import fact, facts, ids, new_stream, soon
from tests.support.postgres import server_folder

pytestmark = pytest.mark.slow


@pytest.fixture
async def store(database_dsn: str) -> AsyncIterator[EmbeddedEventStore]:
    store = await EmbeddedEventStore.connect(database_dsn)
    yield store
    await store.aclose()


@pytest.mark.parametrize("stored", [True, False])
async def test_an_ambiguous_commit_is_repeated_until_it_is_certain(
    store: EmbeddedEventStore, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    insert_group = store._recorder.insert_group
    failures = [psycopg.OperationalError("the connection is lost")] * 2

    def insert_and_lose(group: Sequence[QueuedAppend]) -> list[Outcome]:
        if failures and stored:
            insert_group(group)
        if failures:
            raise failures.pop()
        return insert_group(group)

    monkeypatch.setattr(store._recorder, "insert_group", insert_and_lose)
    stream, events = new_stream(), facts(3)
    appended = await soon(store.append(stream, NO_STREAM, events))
    found = await store.read_stream(stream)
    assert ids(found) == ids(events)
    assert (appended.revision, appended.position) == (2, found[-1].position)
    assert failures == []


async def test_every_append_survives_a_killed_server_once() -> None:
    folder = server_folder()
    server = await asyncio.to_thread(PostgresFolder(folder).start)
    store = await EmbeddedEventStore.connect(server.ensure_database())
    given = [(new_stream(), facts(2)) for _ in range(300)]
    begun = asyncio.Event()

    async def write(turn: int) -> list[Appended]:
        answers = []
        for stream, events in given[turn::20]:
            answers.append(await store.append(stream, NO_STREAM, events))
            begun.set()
        return answers

    async def kill_and_start() -> None:
        await begun.wait()
        os.kill(server.pid, signal.SIGKILL)
        await asyncio.to_thread(PostgresFolder(folder).start)

    await soon(asyncio.gather(kill_and_start(), *(write(turn) for turn in range(20))))
    log = await store.read_all(after=BEFORE_FIRST)
    assert len(log) == 600
    for stream, events in given:
        assert ids(await store.read_stream(stream)) == ids(events)
    await store.aclose()
    (await asyncio.to_thread(PostgresFolder(folder).start)).stop()


async def test_a_vacuum_does_not_hold_up_writers(
    store: EmbeddedEventStore, database_dsn: str
) -> None:
    async with await psycopg.AsyncConnection.connect(database_dsn) as connection:
        await connection.execute("LOCK TABLE event_log IN SHARE UPDATE EXCLUSIVE MODE")
        appended = await soon(store.append(new_stream(), NO_STREAM, facts(2)))
        await connection.rollback()
    assert appended.revision == 1


async def test_without_a_server_connecting_says_so(database_dsn: str) -> None:
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        await soon(EmbeddedEventStore.connect(f"{database_dsn}_missing"))


async def test_an_append_that_the_database_refuses_suffers_alone(
    store: EmbeddedEventStore, database_dsn: str
) -> None:
    with psycopg.connect(database_dsn) as connection:
        connection.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'not this one'; END $$"
        )
        connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT ON event_log FOR EACH ROW "
            "WHEN (NEW.topic = 'Poison') EXECUTE FUNCTION refuse()"
        )
    streams = [new_stream() for _ in range(5)]
    answers = await soon(
        asyncio.gather(
            *(
                store.append(one, NO_STREAM, [fact(kind="Poison" if one == streams[2] else "Fine")])
                for one in streams
            ),
            return_exceptions=True,
        )
    )
    assert isinstance(answers[2], StoreFailure)
    assert [type(answer) for answer in answers[:2] + answers[3:]] == [Appended] * 4
    assert await store.read_stream(streams[2]) == []


async def test_an_event_is_delivered_though_no_notification_comes(
    store: EmbeddedEventStore, database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_listen", asyncio.Event().wait)
    other = await EmbeddedEventStore.connect(database_dsn)
    subscription = store.subscribe(after=BEFORE_FIRST)
    await soon(anext(subscription))
    event = fact()
    await other.append(new_stream(), NO_STREAM, [event])
    delivery = await soon(anext(subscription))
    assert isinstance(delivery, RecordedEvent)
    assert delivery.id == event.id
    await subscription.aclose()
    await other.aclose()


async def test_a_notification_wakes_a_subscription_of_another_process(
    store: EmbeddedEventStore, database_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "POLL_S", 3_600.0)
    other = await EmbeddedEventStore.connect(database_dsn)
    subscription = store.subscribe(after=BEFORE_FIRST)
    await soon(anext(subscription))
    # Once for sure after the listener listens: it may still be connecting at the first append.
    waiting = asyncio.ensure_future(anext(subscription))
    async with asyncio.timeout(60):
        while not waiting.done():
            await other.append(new_stream(), NO_STREAM, [fact()])
            await asyncio.wait([waiting], timeout=0.05)
    assert isinstance(waiting.result(), RecordedEvent)
    await subscription.aclose()
    await other.aclose()
