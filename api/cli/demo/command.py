"""`interlock demo`: a minute of payments through six gateways, one of which fails half way."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import aiohttp
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from api.cli.demo.plan import BROKEN_GATEWAY, OUTAGE_AT_S, OUTAGE_FOR_S, PAYMENTS_PER_S, plan
from api.cli.demo.summary import summarize
from api.cli.demo.traffic import Merchant, Seen
from api.cli.serve import stop_on_signals
from api.cli.support import Refused, console
from api.composition.first_run import first_merchants
from api.processes.embedded import READY_S_MAX, Embedded, started
from api.processes.logs import start_logging
from api.settings import read_settings

DEMO_DATA = Path(".interlock/demo")
COMPLETE_WITHIN_S = 15.0  # so that what was never charged is given up within the demo


def demo(
    data: Annotated[Path, typer.Option(help="Made anew at every demo.")] = DEMO_DATA,
    stay: Annotated[
        bool | None, typer.Option(help="Keep the server afterwards; else only for a terminal.")
    ] = None,
) -> None:
    """Runs payments through the simulator, breaks a gateway, and shows that nothing was charged
    twice. Takes about a minute."""
    start_logging("error", "demo")
    _make_anew(data)
    settings = read_settings(
        data=data,
        port=_free_port(8080),
        simulator_port=_free_port(8090),
        operations_port=0,
        simulator_latency_scale=0.5,
        complete_within_s=COMPLETE_WITHIN_S,
        log_level="error",
    )
    stop = stop_on_signals()
    console.print("starting PostgreSQL, the gateway simulator, the API and a worker ...")
    with started(settings) as embedded:
        embedded.wait_until_ready(stop.wait, READY_S_MAX)
        merchant, key = first_merchants(embedded.dsn)[0]
        with embedded.watched():
            seen = asyncio.run(_traffic(embedded, key))
            good = summarize(console, seen, settings.data / "books")
            verdict = "[bold green]nothing was charged twice, nothing was lost[/]"
            console.print(verdict if good else "[bold red]something is wrong: see above[/]")
            _invite(embedded, merchant, key, seen)
            if stay if stay is not None else sys.stdin.isatty():
                console.print("the server goes on until Ctrl-C")
                stop.wait()
    if not good:
        raise typer.Exit(1)


async def _traffic(embedded: Embedded, key: str) -> Seen:
    planned = plan(uuid4().hex[:8])
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"))
    connector = aiohttp.TCPConnector(limit=0)
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
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
    console.print("\nlook at a payment whose outcome was unknown for a while:")
    console.print(f"  scripts/interlock timeline {worth} --data {data}", soft_wrap=True)
    console.print("start the server again on this data:")
    console.print(f"  scripts/interlock serve --data {data}", soft_wrap=True)
    console.print(f"the API key of merchant {merchant}: {key}", soft_wrap=True)


def _make_anew(data: Path) -> None:
    """Only ever removes what a demo made."""
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
