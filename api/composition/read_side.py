"""The read models of a worker: every version that somebody reads, and of each every projection with
its own checkpoint, lease and subscription."""

from __future__ import annotations

import asyncio
from functools import partial

from adapters.codec import MsgspecCodec
from adapters.read_models.feed import feed_from
from adapters.read_models.feeding import keep_fed
from adapters.read_models.postgres.home import ReadModels
from adapters.read_models.postgres.lease import held_lease
from adapters.read_models.postgres.serving import columns_of
from adapters.read_models.postgres.store import PostgresReadModels
from adapters.read_models.worker import LoggingObserver, keep_projecting
from api.composition.installation import format_over
from application.ports.event_store import EventStore
from projections.catalogue import PROJECTIONS
from projections.former import AsBefore
from projections.ports import Projector
from projections.runner import Runner
from projections.versions import schema_name


def projectors(store: EventStore) -> list[Projector]:
    """One of each read model, reading from this log."""
    codec = MsgspecCodec()
    return [make(store, codec) for make in PROJECTIONS.values()]


async def keep_read_models(store: EventStore, read_models: ReadModels) -> None:
    """Feeds what somebody reads, and switches, until it is cancelled."""
    await keep_fed(read_models.versions, store, partial(_feed, store, read_models))


async def _feed(store: EventStore, read_models: ReadModels, number: int) -> None:
    """Runs every projection of one version until it is cancelled."""
    schema, own = schema_name(number), read_models.versions.own
    folding = projectors(store)
    if number != own:
        columns = await columns_of(read_models.pool, schema)
        folding = [AsBefore(one, number, own=own, columns=columns) for one in folding]
    rows = PostgresReadModels(read_models.pool, schema=schema)
    feed = feed_from(format_over(store).follow)
    async with asyncio.TaskGroup() as group:
        for projector in folding:
            runner = Runner(projector, rows, observer=LoggingObserver())
            lease = partial(held_lease, read_models.dsn, schema=schema, projection=projector.name)
            running = keep_projecting(runner, feed, lease=lease)
            group.create_task(running, name=f"{projector.name} of {schema}")
