"""`python -m tests.bench`: every way in, at every concurrency, in one run (scripts/bench)."""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import uvloop
from rich.console import Console

from api.settings import read_settings
from tests.bench.cells import (
    HTTP_PORT,
    SIMULATOR_PORT,
    appends_and_payments,
    double_process,
    embedded_store,
    grpc_store,
    payments_over_http,
    server,
)
from tests.bench.load import Measured
from tests.bench.report import as_json, medians, save, show
from tests.bench.where import cpu_of_the_product, profile_of_payments, watched

CONCURRENCIES: Final = (1, 64, 512)
STEADY_CONCURRENCY: Final = 64
STEADY_SLICE_S: Final = 30.0
TABLE_WIDTH: Final = 110  # where the output is not a terminal


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    options.add_argument("--seconds", type=float, default=8.0, help="per cell")
    options.add_argument("--in-flight", type=int, nargs="+", default=list(CONCURRENCIES))
    options.add_argument("--runs", type=int, default=1, help="of everything; medians are shown")
    options.add_argument("--only", choices=["in-process", "http", "simulator", "esdb"])
    options.add_argument("--profile", action="store_true", help="then where a payment's time goes")
    options.add_argument(
        "--steady-min", type=float, default=0.0, help="then minutes at 64 in flight"
    )
    options.add_argument("--json", type=Path, default=Path("bench-results/report.json"))
    return options


def main(arguments: Sequence[str] | None = None) -> int:
    asked = parser().parse_args(arguments)
    console = Console(highlight=False, width=TABLE_WIDTH if not sys.stdout.isatty() else None)
    # gRPC's own log: it has a line to say about every process that a bench starts.
    os.environ["GRPC_VERBOSITY"] = "NONE"
    gc.freeze()
    runs = [_everything(asked, console) for _ in range(asked.runs)]
    cells = medians(runs)
    steady = _steady(asked.steady_min, console) if asked.steady_min else []
    profile = _profile(asked.seconds) if asked.profile else []
    show(console, cells + steady)
    for line in profile:
        console.print(f"  {line}")
    save(asked.json, as_json(cells, runs=runs, steady=steady, profile=profile))
    console.print(f"report: {asked.json}")
    return 0


def _everything(asked: argparse.Namespace, console: Console) -> list[Measured]:
    cells: list[Measured] = []
    for name, run in (
        ("in-process", _in_process),
        ("esdb", _over_grpc),
        ("http", _over_http),
        ("simulator", _through_simulator),
    ):
        if asked.only in (None, name):
            console.print(f"measuring {name} ...")
            cells += run(asked.in_flight, asked.seconds)
    return cells


def _in_process(concurrencies: list[int], seconds: float) -> list[Measured]:
    async def run() -> list[Measured]:
        with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
            async with embedded_store(Path(folder)) as store:
                return await appends_and_payments("embedded", store, concurrencies, seconds)

    return uvloop.run(run())


def _over_grpc(concurrencies: list[int], seconds: float) -> list[Measured]:
    async def run(address: str) -> list[Measured]:
        async with grpc_store(address) as store:
            return await appends_and_payments("esdb double", store, concurrencies, seconds)

    with double_process() as address:
        return asyncio.run(run(address))


def _over_http(concurrencies: list[int], seconds: float) -> list[Measured]:
    return payments_over_http(instant=True, concurrencies=concurrencies, seconds=seconds)


def _through_simulator(concurrencies: list[int], seconds: float) -> list[Measured]:
    return payments_over_http(instant=False, concurrencies=concurrencies, seconds=seconds)


def _steady(minutes: float, console: Console) -> list[Measured]:
    """The same load for long: slices of STEADY_SLICE_S, to see whether it decays."""
    slices = []
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        settings = read_settings(
            data=Path(folder),
            port=HTTP_PORT,
            simulator_port=SIMULATOR_PORT,
            operations_port=0,
            instant_gateway=True,
            log_level="error",
        )
        with server(settings) as api_key:
            for number in range(max(1, round(minutes * 60 / STEADY_SLICE_S))):
                name = f"steady, slice {number + 1}"
                cell, cpu_ms = watched(name, settings, api_key, STEADY_CONCURRENCY, STEADY_SLICE_S)
                spent = ", ".join(f"{role} {ms:.2f}" for role, ms in cpu_ms.items())
                console.print(f"  {cell.name}: {cell.per_s:,.0f}/s, CPU ms per payment: {spent}")
                slices.append(replace(cell, cpu_ms=cpu_ms))
    return slices


def _profile(seconds: float) -> list[str]:
    """Of payments in process, and of the processes of the whole product under load over HTTP."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        in_process = uvloop.run(profile_of_payments(Path(folder), STEADY_CONCURRENCY, seconds))
    return [*in_process, *cpu_of_the_product(STEADY_CONCURRENCY, seconds)]


if __name__ == "__main__":
    sys.exit(main())
