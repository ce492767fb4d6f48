"""`interlock demo`: a minute of payments through six gateways, one of which fails half way."""

from __future__ import annotations

import asyncio
import shlex
import shutil
import socket
import sys
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import uuid4

import aiohttp
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from api.cli.demo.plan import BROKEN_GATEWAY, OUTAGE_AT_S, OUTAGE_FOR_S, PAYMENTS_PER_S, plan
from api.cli.demo.summary import show, summarize
from api.cli.demo.traffic import Merchant, Seen
from api.cli.output import console, say, say_json
from api.cli.serve import stop_on_signals, unless_told
from api.cli.support import JsonOption, Refused, must_be_folder
from api.composition.first_run import first_merchants
from api.processes.embedded import READY_S_MAX, Embedded, ToldToStop, started
from api.processes.logs import start_logging
from api.settings import read_settings

DEMO_DATA = Path(".interlock/demo")
LOOK_EVERY_S: Final = 0.1
COMPLETE_WITHIN_S = 15.0  # so that what was never charged is given up within the demo


def demo(
    data: Annotated[Path, typer.Option(help="Made anew at every demo.")] = DEMO_DATA,
    stay: Annotated[
        bool | None, typer.Option(help="Keep the server afterwards; else only for a terminal.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Runs payments through the simulator, breaks a gateway, and shows that nothing was charged
    twice. Takes about a minute."""
    start_logging("error", "demo")
    settings = read_settings(
        data=data,
        port=_free_port(8080),
        operations_port=0,
        simulator_latency_scale=0.5,
        complete_within_s=COMPLETE_WITHIN_S,
        log_level="error",
    )
    _make_anew(data)
    stop = stop_on_signals()
    if not as_json:
        say("starting PostgreSQL, the gateway simulator, the API and a worker ...")
    with unless_told(stop), started(settings) as embedded:
        embedded.wait_until_ready(stop.wait, READY_S_MAX)
        merchant, key = first_merchants(embedded.dsn)[0]
        with embedded.watched():
            seen = asyncio.run(_until(stop, _traffic(embedded, key, quiet=as_json)))
            found = summarize(seen, settings.data / "books")
            if as_json:
                say_json(found.told)
            else:
                show(found)
                _invite(embedded, merchant, key, seen)
            if stay if stay is not None else sys.stdin.isatty():
                say("the server goes on until Ctrl-C")
                stop.wait()
    if not found.good:
        raise typer.Exit(1)


async def _until(stop: threading.Event, work: Coroutine[Any, Any, Seen]) -> Seen:
    """What `work` gives. Raises ToldToStop when `stop` is set before it is done."""
    working = asyncio.create_task(work)
    while not working.done() and not stop.is_set():
        await asyncio.wait({working}, timeout=LOOK_EVERY_S)
    if working.done():
        return await working
    working.cancel()
    await asyncio.wait({working})
    raise ToldToStop("stopped before the demo was over")


async def _traffic(embedded: Embedded, key: str, *, quiet: bool) -> Seen:
    planned = plan(uuid4().hex[:8])
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
    connector = aiohttp.TCPConnector(limit=0)
    with Progress(*columns, TimeElapsedColumn(), console=console, disable=quiet) as progress:
        async with aiohttp.ClientSession(connector=connector) as session:
            merchant = Merchant(session, embedded.url, key)
            sending = progress.add_task("paying   ", total=len(planned), note="")

            def sent(number: int) -> None:
                second = number / PAYMENTS_PER_S
                broken = OUTAGE_AT_S <= second < OUTAGE_AT_S + OUTAGE_FOR_S
                note = f"[red]{BROKEN_GATEWAY} is down[/]" if broken else "all gateways are up"
                progress.update(sending, completed=number, note=f"{number} payments, {note}")

            await merchant.send_all(planned, embedded.simulator_url, sent)
            unsettled = len(merchant.seen.still_open)
            settling = progress.add_task("verifying", total=max(1, unsettled), note="")

            def left(still_open: int) -> None:
                note = f"{still_open} unknown or pending"
                progress.update(settling, completed=unsettled - still_open, note=note)

            await merchant.follow(left)
            progress.update(settling, completed=max(1, unsettled), note="settled")
            return merchant.seen


def _invite(embedded: Embedded, merchant: str, key: str, seen: Seen) -> None:
    """What to try next, with a payment worth looking at."""
    data = embedded.settings.data
    worth = next(iter(sorted(seen.unknown)), next(iter(seen.payments), ""))
    say("")
    say("look at a payment whose outcome was unknown for a while:")
    say(f"  scripts/interlock timeline {worth} --data {shlex.quote(str(data))}")
    say("start the server again on this data:")
    say(f"  scripts/interlock serve --data {shlex.quote(str(data))}")
    say(f"the API key of merchant {merchant}:")
    say(f"  {key}")


def _make_anew(data: Path) -> None:
    """Only ever removes what a demo made."""
    must_be_folder(data)
    marker = data / ".demo"
    if data.exists() and any(data.iterdir()) and not marker.exists():
        raise Refused(f"{data} holds something else than a demo: give another --data")
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(parents=True)
    marker.touch()


def _free_port(wished: int) -> int:
    """The wished one, or any other that is free."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wished))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
