"""One run: an embedded installation under load, kills one after the other, then the judgement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from typing import Final

from adapters.event_store.postgres.store import EmbeddedEventStore
from adapters.gateways.examples import simulator_gateways
from api.composition.first_run import first_merchants
from api.processes.embedded import READY_S_MAX, Embedded, started
from api.settings import read_settings
from application.ports.event_store import EventStore
from tests.crash.diary import MERCHANT
from tests.crash.kills import Kind, kill
from tests.crash.load import SHOPPERS, shopping
from tests.crash.outcome import Outcome, assess
from tests.crash.witnesses import Site
from tests.end_to_end.ports import free_port

WARM_UP_S: Final = 1.0
BETWEEN_S: Final = 0.5
NO_SETTINGS: Final[Mapping[str, float]] = {}


@contextmanager
def whole_installation(data: Path, settings_given: Mapping[str, float]) -> Iterator[Embedded]:
    """The embedded mode as `interlock serve` starts it, watched."""
    settings = read_settings(
        data=data,
        port=free_port(),
        simulator_port=free_port(),
        operations_port=0,
        simulator_latency_scale=0.1,
        log_level="error",
        **settings_given,
    )
    with started(settings) as embedded:
        embedded.wait_until_ready(time.sleep, READY_S_MAX)
        with embedded.watched():
            yield embedded


async def crash_run(
    data: Path,
    kinds: Sequence[Kind],
    *,
    seed: int,
    shoppers: int = SHOPPERS,
    patient: bool = True,
    settings: Mapping[str, float] = NO_SETTINGS,
) -> Outcome:
    """Kills one process of each of `kinds`, in this order, in a fresh `data` folder. `patient`:
    see load.py; `settings`: of api/settings.py."""
    async with _beside(whole_installation(data, settings)) as embedded:
        keys = dict(await asyncio.to_thread(first_merchants, embedded.dsn))
        dice = Random(seed)
        async with shopping(
            [embedded.url], keys[MERCHANT], seed=seed, shoppers=shoppers, patient=patient
        ) as load:
            await asyncio.sleep(WARM_UP_S)
            kills = []
            for kind in kinds:
                kills.append(await kill(embedded, load, kind, dice))
                await asyncio.sleep(BETWEEN_S)
            faults_end_s = load.diary.now()
            await load.finish()
            return await assess(
                load, _site(embedded), kills=kills, seed=seed, faults_end_s=faults_end_s
            )


@asynccontextmanager
async def _beside(installation: AbstractContextManager[Embedded]) -> AsyncIterator[Embedded]:
    """Entered and left on a thread: starting an installation runs event loops of its own."""
    embedded = await asyncio.to_thread(installation.__enter__)
    try:
        yield embedded
    finally:
        await asyncio.to_thread(installation.__exit__, None, None, None)


def _site(embedded: Embedded) -> Site:
    async def open_store() -> EventStore:
        return await EmbeddedEventStore.connect(embedded.dsn)

    return Site(
        open_store=open_store,
        dsn=embedded.dsn,
        books=embedded.settings.data / "books",
        gateways=simulator_gateways(embedded.simulator_url),
        rules=embedded.settings.rules,
    )
