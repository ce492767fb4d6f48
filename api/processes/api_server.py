"""The API: HTTP commands and queries. `python -m api.processes.api_server`."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket

import uvicorn
from fastapi import FastAPI

from api.composition.health import health_of_api
from api.composition.http import services_of
from api.composition.installation import format_over
from api.composition.process import Opened, open_process
from api.health.listener import watched
from api.http.app import create_app
from api.processes.format_watch import heeding_format
from api.processes.listening import OPERATIONS, bound, own_or_bound, port_of
from api.processes.program import run_program
from api.processes.serving import Server
from api.processes.watchdog import end_process
from api.settings import Settings

log = logging.getLogger(__name__)

GC_OBJECTS = 50_000  # the default of 700 spends a tenth of the time on looking for cycles
STOP_S_MAX = 11  # longer than the latency budget: who has asked gets an answer


async def run_api(settings: Settings, stop: asyncio.Event) -> None:
    """Serves until `stop`, then finishes what was begun."""
    with (
        own_or_bound(settings.host, settings.port, "PORT") as sockets,
        bound(settings.operations_host, settings.operations_at("api"), OPERATIONS) as watching,
    ):
        async with open_process(settings, "api") as opened:
            health = health_of_api(opened)
            async with watched(health, watching):
                log.info("the operations listener is at port %s", port_of(watching))
                await _serve(opened, create_app(services_of(opened, health)), sockets, stop)


async def _serve(
    opened: Opened, app: FastAPI, sockets: list[socket.socket], stop: asyncio.Event
) -> None:
    server = Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            http="httptools",
            loop="none",
            timeout_graceful_shutdown=STOP_S_MAX,
        )
    )
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_OBJECTS, 20, 20)
    serving = asyncio.create_task(server.serve(sockets=sockets))
    stopping = asyncio.create_task(stop.wait())
    owner, ports = opened.application.desk.owner, opened.ports
    log.info("api %s listens on %s:%s", owner, opened.settings.host, port_of(sockets))
    async with heeding_format(format_over(ports.store), ports.in_force, stop):
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        stopping.cancel()
        await serving


if __name__ == "__main__":
    end_process(run_program("api", run_api))
