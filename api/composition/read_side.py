"""The projections of a worker: each with its own checkpoint, lease and subscription."""

from __future__ import annotations

import asyncio
from functools import partial

from adapters.codec import MsgspecCodec
from adapters.read_models.feed import feed_from
from adapters.read_models.postgres.lease import held_lease
from adapters.read_models.postgres.migrating import SCHEMA
from adapters.read_models.postgres.pool import Pool
from adapters.read_models.postgres.store import PostgresReadModels
from adapters.read_models.worker import LoggingObserver, keep_projecting
from api.composition.installation import format_over
from application.ports.event_store import EventStore
from projections.catalogue import PROJECTIONS
from projections.runner import Runner


def start_projections(
    store: EventStore, pool: Pool, postgres_dsn: str, group: asyncio.TaskGroup
) -> list[Runner]:
    """Runs every projection in `group` until it is cancelled."""
    read_models = PostgresReadModels(pool)
    feed, codec = feed_from(format_over(store).follow), MsgspecCodec()
    runners = []
    for make in PROJECTIONS.values():
        projector = make(store, codec)
        runner = Runner(projector, read_models, observer=LoggingObserver())
        lease = partial(held_lease, postgres_dsn, schema=SCHEMA, projection=projector.name)
        group.create_task(keep_projecting(runner, feed, lease=lease), name=projector.name)
        runners.append(runner)
    return runners
