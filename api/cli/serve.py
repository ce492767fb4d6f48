"""`interlock serve`: everything from one command; `interlock settings`: what it would use."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from adapters.servers.errors import EmbeddedServerError
from api.cli.output import console, say, say_json
from api.cli.support import DataOption, JsonOption, PortOption, must_be_folder
from api.composition.first_run import first_merchants
from api.composition.stores import configured_gateways
from api.processes.embedded import READY_S_MAX, Embedded, ToldToStop, started
from api.processes.logs import start_logging
from api.settings import SettingsRefused, read_settings, refuse_unknown


def serve(
    data: DataOption = None,
    port: PortOption = None,
    simulator_port: Annotated[
        int | None,
        typer.Option(help="Port of the gateway simulator; a free one, and then always the same."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Starts PostgreSQL, the gateway simulator, the API and a worker, and keeps them running."""
    refuse_unknown()
    settings = read_settings(data=data, port=port, simulator_port=simulator_port)
    if settings.mode != "embedded":
        raise SettingsRefused(
            "`interlock serve` is the embedded mode; in production start `interlock api` and"
            " `interlock worker`"
        )
    must_be_folder(settings.data)
    configured_gateways(settings)  # refused here, not by children that are started again and again
    start_logging(settings.log_level, "serve")
    stop = stop_on_signals()
    with unless_told(stop), started(settings) as embedded:
        embedded.wait_until_ready(stop.wait, READY_S_MAX)
        introduce(embedded, as_json=as_json)
        with embedded.watched():
            stop.wait()
        if not as_json:
            say("stopping ...")
    if not as_json:
        say(f"stopped; the data stays in {settings.data}")


def settings(as_json: JsonOption = False) -> None:
    """Shows the settings, without secrets, or says what is wrong with them."""
    refuse_unknown()
    settings = read_settings()
    configured_gateways(settings)
    if as_json:
        say_json(settings.shown())
    else:
        console.print_json(data=settings.shown(), ensure_ascii=True)


def stop_on_signals() -> threading.Event:
    """Set by the first SIGTERM or SIGINT."""
    stop = threading.Event()

    def asked(_: int, __: FrameType | None) -> None:
        stop.set()

    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, asked)
    return stop


@contextmanager
def unless_told(stop: threading.Event) -> Iterator[None]:
    """A server that Ctrl-C caught in the midst of its start has not failed. Raises ToldToStop."""
    try:
        yield
    except EmbeddedServerError as failure:
        if stop.is_set():
            raise ToldToStop("stopped before it was ready") from failure
        raise


def introduce(embedded: Embedded, *, as_json: bool = False) -> None:
    """Where things are, and once, the API keys of the first two merchants."""
    keys = first_merchants(embedded.dsn)
    places = {
        "API documentation": f"{embedded.url}/docs",
        "gateway simulator": embedded.simulator_url,
        "data": str(embedded.settings.data.resolve()),
    }
    if as_json:
        say_json({"url": embedded.url, "keys": dict(keys), **{
            name.replace(" ", "_").lower(): place for name, place in places.items()
        }})  # fmt: skip
        return
    say(("Interlock", "bold"), f" is ready at {embedded.url}")
    for name, place in places.items():
        say(f"  {name:<18} {place}")
    for merchant, key in keys:
        say(f"  API key of {merchant} (shown once):")
        say(f"    {key}")
