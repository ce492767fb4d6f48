"""Metadata that somebody wrote of our streams behind our back is found, and what it costs is
said."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from adapters.event_store.eventstoredb.forgetting import SHUTS_OUT, UNREADABLE, told_of
from adapters.event_store.eventstoredb.store import EventStoreDBStore
from domain.log import NO_STREAM
from tests.esdb_double import ENGINES, EsdbDouble
from tests.esdb_double.events import Proposed
from tests.event_store.builders import facts, new_stream, soon
from tests.eventstoredb.support import opened
from tests.eventstoredb.test_fates import soft_delete


@pytest.fixture(params=ENGINES)
async def double(request: pytest.FixtureRequest) -> AsyncIterator[EsdbDouble]:
    async with EsdbDouble(engine=request.param) as running:
        yield running


@pytest.fixture
async def store(double: EsdbDouble) -> AsyncIterator[EventStoreDBStore]:
    async with opened(double.target) as store:
        yield store


def write(double: EsdbDouble, stream: str, metadata: bytes) -> None:
    double.log.write(f"$${stream}", [Proposed(uuid4(), "$metadata", True, metadata)])


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        (b'{"$maxAge": 86400}', ["forgets events that are older than 86400 s ($maxAge)"]),
        (b'{"$maxCount": 2}', ["forgets all but its newest 2 events ($maxCount)"]),
        (b'{"$tb": 3}', ["has forgotten everything before revision 3 ($tb)"]),
        (b'{"$tb": 9223372036854775807}', ["was deleted: it shows nothing of its past ($tb)"]),
        (b'{"$acl": {"$r": "till"}}', [SHUTS_OUT]),
        (b"{", [UNREADABLE]),
        (b"[1]", [UNREADABLE]),
        (b"", []),
        (b'{"$cacheControl": 3, "mine": true}', []),
        (b'{"$maxCount": 0, "$maxAge": "7", "$tb": true, "$acl": null}', []),
    ],
)
def test_what_metadata_costs(metadata: bytes, said: list[str]) -> None:
    assert told_of(metadata) == said


def test_everything_is_said() -> None:
    every = told_of(b'{"$maxAge": 1, "$maxCount": 2, "$tb": 3, "$acl": {"$r": "till"}}')
    assert len(every) == 4


async def test_the_newest_of_each_stream_of_ours_is_found(
    double: EsdbDouble, store: EventStoreDBStore
) -> None:
    kept, cut, mended = (new_stream() for _ in range(3))
    for stream in (kept, cut, mended):
        await store.append(stream, NO_STREAM, facts(3))
    write(double, cut, b'{"$maxCount": 1}')
    write(double, mended, b'{"$maxCount": 1}')
    write(double, mended, b"{}")
    write(double, "others-1", b'{"$maxCount": 1}')
    double.log.write_others(100_000)

    found = await soon(store.metadata())
    assert {stream: told_of(data) for stream, data in found.items()} == {
        cut: ["forgets all but its newest 1 events ($maxCount)"],
        mended: [],
    }


async def test_a_deleted_stream_is_found(double: EsdbDouble, store: EventStoreDBStore) -> None:
    stream = new_stream()
    await store.append(stream, NO_STREAM, facts(3))
    await asyncio.to_thread(soft_delete, double, stream)

    found = await soon(store.metadata())
    assert told_of(found[stream]) == ["was deleted: it shows nothing of its past ($tb)"]


async def test_where_nobody_wrote_any_there_is_none(store: EventStoreDBStore) -> None:
    await store.append(new_stream(), NO_STREAM, facts(3))
    assert await soon(store.metadata()) == {}
