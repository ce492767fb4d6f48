"""The append as one statement: right also where its snapshot is older than its lock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.event_store.postgres.arrays import (
    ByteaArray,
    Int8Array,
    TextArray,
    UuidArray,
    register,
)
from adapters.event_store.postgres.statements import WRITE_LOCK
from adapters.event_store.postgres.store import EmbeddedEventStore
from adapters.event_store.queued import GROUP_EVENTS_MAX, AppendQueue, QueuedAppend
from application.ports.event_store import Appended, WrongRevision
from domain.log import NO_STREAM
from tests.event_store.builders import facts, ids, new_stream, soon
from tests.support.postgres import shared_server

pytestmark = pytest.mark.slow

WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
DRAWN = "SELECT last_value, is_called FROM event_log_notification_id_seq"


@pytest.fixture
async def store(database_dsn: str) -> AsyncIterator[EmbeddedEventStore]:
    store = await EmbeddedEventStore.connect(database_dsn)
    yield store
    await store.aclose()


@pytest.fixture
async def holder(database_dsn: str) -> AsyncIterator[psycopg.AsyncConnection]:
    """Has the write lock until it gives it back."""
    connection = await psycopg.AsyncConnection.connect(database_dsn, autocommit=True)
    await connection.execute("SELECT pg_advisory_lock(%s)", (WRITE_LOCK,))
    yield connection
    await connection.close()


async def somebody_waits(holder: psycopg.AsyncConnection) -> None:
    waiting = 0
    async with asyncio.timeout(60):
        while waiting == 0:
            row = await (await holder.execute(WAITING)).fetchone()
            waiting = row[0] if row else 0


async def let_go(holder: psycopg.AsyncConnection) -> None:
    await holder.execute("SELECT pg_advisory_unlock(%s)", (WRITE_LOCK,))


async def test_positions_are_drawn_by_who_has_the_lock(
    store: EmbeddedEventStore, holder: psycopg.AsyncConnection
) -> None:
    """Drawn before, they would be committed in another order, and a reader would miss events."""
    before = await (await holder.execute(DRAWN)).fetchone()
    appending = asyncio.create_task(store.append(new_stream(), NO_STREAM, facts(2)))
    await somebody_waits(holder)
    assert await (await holder.execute(DRAWN)).fetchone() == before
    await let_go(holder)
    assert isinstance(await soon(appending), Appended)


async def test_a_stream_that_moved_while_its_append_waited_is_a_conflict(
    store: EmbeddedEventStore, holder: psycopg.AsyncConnection
) -> None:
    stream, other = new_stream(), new_stream()
    appending = asyncio.create_task(store.append(stream, NO_STREAM, facts(2)))
    await somebody_waits(holder)
    beside = asyncio.create_task(store.append(other, NO_STREAM, facts(2)))
    stored = uuid4()
    await holder.execute(
        "INSERT INTO event_log (originator_id, originator_version, topic, state, event_id, "
        "metadata) VALUES (%s, 0, 'Fact', '', %s, '')",
        (stream, stored),
    )
    await let_go(holder)
    with pytest.raises(WrongRevision):
        await soon(appending)
    assert isinstance(await soon(beside), Appended)
    assert ids(await store.read_stream(stream)) == [str(stored)]


async def test_a_group_of_appends_to_one_stream_is_judged_in_order(
    store: EmbeddedEventStore, holder: psycopg.AsyncConnection
) -> None:
    """They wait together, so they are stored together."""
    first = asyncio.create_task(store.append(new_stream(), NO_STREAM, facts(1)))
    await somebody_waits(holder)
    stream, given = new_stream(), facts(4)
    appends = [
        store.append(stream, NO_STREAM, given[:2]),
        store.append(stream, 1, given[2:]),
        store.append(stream, NO_STREAM, given[:2]),
        store.append(stream, NO_STREAM, facts(1)),
    ]
    answers = asyncio.gather(*appends, return_exceptions=True)
    await asyncio.sleep(0)  # all are queued
    await let_go(holder)
    await soon(first)
    kinds = [type(one) for one in await soon(answers)]
    assert kinds == [Appended, Appended, Appended, WrongRevision]
    assert ids(await store.read_stream(stream)) == ids(given)


async def test_a_group_holds_no_more_events_than_can_be_answered_for() -> None:
    """The server's answer for a whole group must fit into the socket's buffer."""
    queue = AppendQueue()
    per_append = GROUP_EVENTS_MAX // 4 + 1
    for _ in range(5):
        queue.offer(QueuedAppend(new_stream(), NO_STREAM, facts(per_append)))
    sizes = []
    while group := queue.take():
        sizes.append(sum(len(append.events) for append in group))
        queue.release(group)
    assert sizes == [3 * per_append, 2 * per_append]


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
SELECT = "SELECT %b::text[], %b::bytea[], %b::int8[], %b::uuid[]"


@settings(max_examples=200)
@given(
    st.lists(TEXT),
    st.lists(st.binary()),
    st.lists(st.integers(-(2**63), 2**63 - 1)),
    st.lists(st.uuids()),
)
def test_packed_arrays_are_what_the_server_reads(
    texts: list[str], blobs: list[bytes], numbers: list[int], uuids: list[object]
) -> None:
    dsn = shared_server().dsn("postgres")
    with psycopg.connect(dsn) as connection:
        register(connection)
        packed = (
            TextArray.of(texts),
            ByteaArray.of(blobs),
            Int8Array.of(numbers),
            UuidArray.of(uuids),  # type: ignore[arg-type]
        )
        found = connection.execute(SELECT, packed).fetchone()
    assert found == (texts, blobs, numbers, uuids)
