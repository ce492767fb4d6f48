"""What a process needs and what it wants, as its probes look at it."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector

from adapters.read_models.postgres.workers import PostgresWorkers
from adapters.read_models.workers import AWAY_S
from api.composition.process import Opened
from api.health.checks import Check, Checks
from api.health.duties import Duties
from api.health.listener import Health
from projections.catalogue import PROJECTIONS
from projections.lag import seconds_behind

# The names that probes tell.
EVENT_LOG: Final = "event_log"
EVENT_LOG_WRITES: Final = "event_log_writes"
READ_MODELS: Final = "read_models"
PROJECTIONS_BEHIND: Final = "projections"
WORKER: Final = "worker"
HOT_STATE: Final = "hot_state"

BEHIND_S_MAX: Final = 60.0
PROBED: Final = "probe"  # no gateway is called so


class Degraded(Exception):
    """What it says is for the log."""


def health_of_api(opened: Opened) -> Health:
    """It can charge with a log that is read and written; everything else it wants."""
    looks = _Looks(opened)
    needed = {EVENT_LOG: looks.log_answers, EVENT_LOG_WRITES: looks.log_takes_writes}
    wanted = {
        READ_MODELS: looks.read_models_answer,
        PROJECTIONS_BEHIND: looks.projections_follow,
        WORKER: looks.a_worker_gets_on,
    }
    return _health(Checks(needed, wanted | looks.of_hot_state()), Duties())


def health_of_worker(opened: Opened, duties: Duties) -> Health:
    """It projects from the log into the read models, and finds there what is due."""
    looks = _Looks(opened)
    needed = {EVENT_LOG: looks.log_answers, READ_MODELS: looks.read_models_answer}
    wanted = {
        EVENT_LOG_WRITES: looks.log_takes_writes,
        PROJECTIONS_BEHIND: looks.projections_follow,
    }
    return _health(Checks(needed, wanted | looks.of_hot_state()), duties)


def _health(checks: Checks, duties: Duties) -> Health:
    registry = CollectorRegistry()
    checks.count_in(registry)
    duties.count_in(registry)
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)
    return Health(checks=checks, standing_still=duties.standing_still, registry=registry)


class _Looks:
    """Each raises where something is wrong."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._workers = PostgresWorkers(opened.read_models.pool)

    async def log_answers(self) -> None:
        await self._opened.ports.store.head()

    async def log_takes_writes(self) -> None:
        self._opened.attended.takes_writes()

    async def read_models_answer(self) -> None:
        await self._opened.read_models.queries.projections()

    async def projections_follow(self) -> None:
        opened = self._opened
        behind_s = await seconds_behind(
            opened.ports.store,
            opened.read_models.queries,
            PROJECTIONS,
            now=opened.ports.clock.now(),
        )
        if behind_s > BEHIND_S_MAX:
            raise Degraded(f"the read models are {behind_s:.0f} s behind")

    async def a_worker_gets_on(self) -> None:
        if not any(one.gets_on for one in await self._workers.seen()):
            raise Degraded(f"no worker has got on in the last {AWAY_S:.0f} s")

    def of_hot_state(self) -> dict[str, Check]:
        """Nothing where it is kept in the process."""
        return {} if self._opened.settings.redis is None else {HOT_STATE: self._hot_state_answers}

    async def _hot_state_answers(self) -> None:
        """Asks a question that changes nothing."""
        await self._opened.ports.hot.recent_outcomes([PROBED], PROBED, minute=0, minutes=1)
