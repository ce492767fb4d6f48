"""The daily sweep as a worker composes it: two workers over a log and read models in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

import pytest
from prometheus_client import CollectorRegistry

from adapters.event_store.postgres.store import EmbeddedEventStore
from adapters.read_models.postgres import PostgresReadModels, open_home
from adapters.read_models.postgres.sweeps import PostgresSweeps
from api.composition.read_side import keep_work_list
from application.ports.event_store import EventStore
from domain.log import NO_STREAM, NewEvent, Position
from projections.ports import Batch, Feed
from projections.recovery import Recovery
from projections.runner import Runner
from projections.versions import VERSION, schema_name
from tests.projections.histories import Life
from tests.projections.sweep_contract import OPEN, damage, lost, open_payments

pytestmark = pytest.mark.slow

PATIENCE_S: Final = 60.0
LOOK_EVERY_S: Final = 0.01
COUNTED: Final = ("interlock_work_list_differences_total", {"kind": "missing"})


async def stored(store: EventStore) -> None:
    for stream, events in open_payments().streams.items():
        new = [
            NewEvent(id=one.id, type=one.type, data=one.data, metadata=one.metadata)
            for one in events
        ]
        await store.append(stream, NO_STREAM, new)


def all_at_once(store: EventStore) -> Feed:
    async def batches(after: Position) -> AsyncGenerator[Batch, None]:
        events = tuple(await store.read_all(after=after))
        yield Batch(events=events, position=events[-1].position, idle=True)

    return batches


async def test_of_two_workers_one_sweeps_and_mends(database_dsn: str) -> None:
    store = await EmbeddedEventStore.connect(database_dsn)
    await stored(store)
    async with open_home(database_dsn) as home:
        rows = PostgresReadModels(home.pool, schema=schema_name(VERSION))
        await Runner(Recovery(), rows).run(all_at_once(store))
        await damage(rows, lost(2))
        assert await home.work_list.row(Life(2).stream) is None
        registries = [CollectorRegistry(), CollectorRegistry()]
        workers = [
            asyncio.create_task(keep_work_list(store, home, one, look_every_s=LOOK_EVERY_S))
            for one in registries
        ]
        diary = PostgresSweeps(home.pool, own=VERSION)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if (last := await diary.last()) is not None:
                    break
                await asyncio.sleep(LOOK_EVERY_S)
        for worker in workers:
            worker.cancel()
            with suppress(asyncio.CancelledError):
                await worker
        assert (last.open, last.differences) == (OPEN, 1)
        counted = [one.get_sample_value(*COUNTED) for one in registries]
        assert sorted(one or 0.0 for one in counted) == [0.0, 1.0]
        assert await home.work_list.row(Life(2).stream) is not None
        assert len(await home.work_list.page(after="", limit=100)) == OPEN
    await store.aclose()
