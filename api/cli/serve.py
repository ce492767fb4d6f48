"""`interlock serve`: everything from one command; `interlock settings`: what it would use."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Annotated

import typer

from api.cli.support import DataOption, PortOption, console
from api.composition.first_run import first_merchants
from api.composition.stores import configured_gateways
from api.processes.embedded import READY_S_MAX, Embedded, started
from api.processes.logs import start_logging
from api.settings import SettingsRefused, read_settings


def serve(
    data: DataOption = None,
    port: PortOption = None,
    simulator_port: Annotated[
        int | None, typer.Option(help="Port of the gateway simulator.")
    ] = None,
) -> None:
    """Starts PostgreSQL, the gateway simulator, the API and a worker, and keeps them running."""
    settings = read_settings(data=data, port=port, simulator_port=simulator_port)
    if settings.mode != "embedded":
        raise SettingsRefused(
            "`interlock serve` is the embedded mode; in production start "
            "`python -m api.processes.api_server` and `python -m api.processes.worker`"
        )
    configured_gateways(settings)  # refused here, not by children that are started again and again
    start_logging(settings.log_level, "serve")
    stop = stop_on_signals()
    with started(settings) as embedded:
        embedded.wait_until_ready(stop.wait, READY_S_MAX)
        introduce(embedded)
        with embedded.watched():
            stop.wait()
    console.print("stopped; the data stays in", str(settings.data))


def settings() -> None:
    """Shows the settings, without secrets, or says what is wrong with them."""
    settings = read_settings()
    configured_gateways(settings)
    console.print_json(data=settings.shown())


def stop_on_signals() -> threading.Event:
    """Set by the first SIGTERM or SIGINT."""
    stop = threading.Event()

    def asked(_: int, __: FrameType | None) -> None:
        stop.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, asked)
    return stop


def introduce(embedded: Embedded) -> None:
    """Where things are, and once, the API keys of the first two merchants."""
    console.print(f"[bold]Interlock[/] is ready at {embedded.url}")
    console.print(f"  API documentation  {embedded.url}/docs")
    console.print(f"  gateway simulator  {embedded.simulator_url}")
    console.print(f"  data               {embedded.settings.data.resolve()}")
    for merchant, key in first_merchants(embedded.dsn):
        console.print(f"  API key of {merchant:<10} {key}   (shown once)")
