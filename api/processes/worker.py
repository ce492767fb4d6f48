"""The worker: projections and recovery. `python -m api.processes.worker`."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from adapters.read_models.postgres.workers import PostgresWorkers
from adapters.read_models.workers import keep_telling
from api.composition.health import health_of_worker
from api.composition.installation import format_over
from api.composition.process import Opened, open_process
from api.composition.read_side import keep_read_models, keep_work_list
from api.health.duties import Duties
from api.health.listener import Health, watched
from api.processes.format_watch import heeding_format
from api.processes.listening import OPERATIONS, bound, port_of
from api.processes.program import run_program
from api.processes.recovery_loop import keep_recovering
from api.processes.running import until
from api.processes.watchdog import end_process
from api.settings import Settings

log = logging.getLogger(__name__)

RECOVERY_SILENT_S_MAX: Final = 60.0  # longer than one payment may keep a hand busy


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Projects and recovers until `stop`; what is half done is carried on at the next start."""
    at = settings.operations_at("worker")
    with bound(settings.operations_host, at, OPERATIONS) as watching:
        async with open_process(settings, "worker") as opened:
            duties = Duties()
            health = health_of_worker(opened, duties)
            log.info("worker %s is ready", opened.application.desk.owner)
            store, in_force = opened.ports.store, opened.ports.in_force
            async with (
                watched(health, watching),
                heeding_format(format_over(store), in_force, stop),
            ):
                log.info("the operations listener is at port %s", port_of(watching))
                await until(stop, _work(opened, duties, health))


async def _work(opened: Opened, duties: Duties, health: Health) -> None:
    store, read_models = opened.ports.store, opened.read_models
    settings, application = opened.settings, opened.application
    telling = keep_telling(
        PostgresWorkers(read_models.pool), application.desk.owner, duties.standing_still
    )
    async with asyncio.TaskGroup() as group:
        keeping = keep_read_models(store, read_models, duties)
        group.create_task(keeping, name="read models")
        sweeping = keep_work_list(store, read_models, health.registry)
        group.create_task(sweeping, name="sweep")
        group.create_task(telling, name="telling")
        with duties.held("recovery", silent_s_max=RECOVERY_SILENT_S_MAX) as gets_on:
            await keep_recovering(
                application.recovery, share=settings.recovery_concurrency, gets_on=gets_on
            )


if __name__ == "__main__":
    end_process(run_program("worker", run_worker))
