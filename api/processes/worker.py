"""The worker: projections and recovery. `python -m api.processes.worker`."""

from __future__ import annotations

import asyncio
import logging

from prometheus_client import CollectorRegistry

from api.composition.installation import format_over
from api.composition.process import Opened, open_process
from api.composition.read_side import keep_read_models, keep_work_list
from api.processes.format_watch import heeding_format
from api.processes.program import run_program
from api.processes.recovery_loop import keep_recovering
from api.processes.running import until
from api.processes.watchdog import end_process
from api.settings import Settings

log = logging.getLogger(__name__)


async def run_worker(settings: Settings, stop: asyncio.Event) -> None:
    """Projects and recovers until `stop`; what is half done is carried on at the next start."""
    async with open_process(settings, "worker") as opened:
        log.info("worker %s is ready", opened.application.desk.owner)
        store, in_force = opened.ports.store, opened.ports.in_force
        async with heeding_format(format_over(store), in_force, stop):
            await until(stop, _work(opened))


async def _work(opened: Opened) -> None:
    settings, recovery = opened.settings, opened.application.recovery
    keeping = keep_read_models(opened.ports.store, opened.read_models)
    async with asyncio.TaskGroup() as group:
        group.create_task(keeping, name="read models")
        sweeping = keep_work_list(opened.ports.store, opened.read_models, CollectorRegistry())
        group.create_task(sweeping, name="sweep")
        await keep_recovering(recovery, concurrency=settings.recovery_concurrency)


if __name__ == "__main__":
    end_process(run_program("worker", run_worker))
