"""The read models of a worker: every version that somebody reads, and of each every projection with
its own checkpoint, lease and subscription."""

from __future__ import annotations

import asyncio
import logging
from contextlib import ExitStack
from functools import partial

from prometheus_client import CollectorRegistry

from adapters.codec import MsgspecCodec
from adapters.outage import Outage
from adapters.read_models.feed import feed_from
from adapters.read_models.feeding import keep_fed
from adapters.read_models.postgres.home import ReadModels
from adapters.read_models.postgres.leases import PostgresLeases
from adapters.read_models.postgres.queries import PostgresQueries
from adapters.read_models.postgres.schema import always
from adapters.read_models.postgres.serving import columns_of
from adapters.read_models.postgres.store import PostgresReadModels
from adapters.read_models.postgres.sweeps import PostgresSweeps
from adapters.read_models.postgres.work_list import PostgresWorkList
from adapters.read_models.sweeping import LOOK_EVERY_S, SweepMetrics, keep_sweeping
from adapters.read_models.tenure import Tenure
from adapters.read_models.worker import INTERRUPTED, LoggingObserver, keep_projecting
from adapters.surroundings import SystemClock
from api.composition.installation import format_over
from api.health.duties import Duties
from application.ports.event_store import EventStore
from projections.catalogue import PROJECTIONS
from projections.failures import NotParked
from projections.former import AsBefore
from projections.lag import ProjectionReport, survey
from projections.ports import Projector
from projections.recovery.sweep import GiveWay, Sweep, sweep
from projections.replaying import replay_parked
from projections.runner import Runner
from projections.versions import schema_name

_log = logging.getLogger(__name__)


async def projectors(store: EventStore, read_models: ReadModels, number: int) -> list[Projector]:
    """One of each read model, reading from this log, whose rows are of version `number`."""
    codec = MsgspecCodec()
    newest = [make(store, codec) for make in PROJECTIONS.values()]
    own = read_models.versions.own
    if number == own:
        return newest
    columns = await columns_of(read_models.pool, schema_name(number))
    return [AsBefore(one, number, own=own, columns=columns) for one in newest]


async def keep_read_models(store: EventStore, read_models: ReadModels, duties: Duties) -> None:
    """Feeds what somebody reads, and switches, until it is cancelled."""
    feed = partial(_feed, store, read_models, duties)
    with duties.held("read models") as gets_on:
        await keep_fed(read_models.versions, store, feed, gets_on=gets_on)


async def keep_work_list(
    store: EventStore,
    read_models: ReadModels,
    registry: CollectorRegistry,
    *,
    look_every_s: float = LOOK_EVERY_S,
) -> None:
    """Sweeps the recovery work list once a day, until it is cancelled."""
    schema, own = schema_name(read_models.versions.own), read_models.versions.own
    rows = PostgresReadModels(read_models.pool, schema=schema)
    listed = PostgresWorkList(read_models.pool, schema=always(schema))

    async def once(give_way: GiveWay) -> Sweep:
        return await sweep(store, rows, listed, give_way=give_way)

    await keep_sweeping(
        once,
        PostgresSweeps(read_models.pool, own=own),
        SweepMetrics(registry),
        leases=PostgresLeases(read_models.pool, schema=schema),
        look_every_s=look_every_s,
    )


async def _feed(store: EventStore, read_models: ReadModels, duties: Duties, number: int) -> None:
    """Runs every projection of one version until it is cancelled."""
    schema = schema_name(number)
    folding = await projectors(store, read_models, number)
    rows = PostgresReadModels(read_models.pool, schema=schema)
    feed = feed_from(format_over(store).follow)
    tenure = Tenure(leases=PostgresLeases(read_models.pool, schema=schema), head=store.head)
    observer, outage = LoggingObserver(), Outage(_log, INTERRUPTED)
    with ExitStack() as stack:
        async with asyncio.TaskGroup() as group:
            for projector in folding:
                runner = Runner(projector, rows, observer=observer)
                name = f"{projector.name} of {schema}"
                gets_on = stack.enter_context(duties.held(name))
                running = keep_projecting(
                    runner, feed, tenure=tenure, gets_on=gets_on, outage=outage
                )
                group.create_task(running, name=name)


async def reports(store: EventStore, read_models: ReadModels) -> dict[str, list[ProjectionReport]]:
    """By schema, of the versions that this program can feed. Raises Interrupted."""
    now = SystemClock().now()
    found = {}
    for schema in await _schemas(read_models):
        queries = PostgresQueries(read_models.pool, schema=always(schema))
        found[schema] = list(await survey(store, queries, now=now))
    return found


async def replay(store: EventStore, read_models: ReadModels, projection: str, stream: str) -> int:
    """In every version that parked the stream: the number of events projected. Raises NotParked
    where none did, and as replay_parked; what was replayed in other versions stays so."""
    events, not_parked = 0, []
    for schema, number in (await _schemas(read_models)).items():
        rows = PostgresReadModels(read_models.pool, schema=schema)
        folding = await projectors(store, read_models, number)
        projector = next(one for one in folding if one.name == projection)
        try:
            events += await replay_parked(stream, projector=projector, store=rows, log=store)
        except NotParked as missed:
            not_parked.append(missed)
    if not events and not_parked:
        raise not_parked[0]
    return events


async def _schemas(read_models: ReadModels) -> dict[str, int]:
    known = [one.number for one in await read_models.versions.known()]
    return {schema_name(one): one for one in known if one <= read_models.versions.own}
