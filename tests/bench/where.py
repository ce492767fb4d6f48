"""Where the time of a payment goes: by package in one process, by process in the whole product.

Shares, not milliseconds: a profiler slows down what it watches, and not everything alike.
"""

from __future__ import annotations

import cProfile
import os
import pstats
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

import psutil

from api.settings import Settings, read_settings
from tests.bench.calls import create_in_process
from tests.bench.cells import (
    HTTP_PORT,
    SIMULATOR_PORT,
    embedded_store,
    generated,
    instant_core,
    server,
)
from tests.bench.load import Measured, measure

SHOWN_MAX: Final = 14
OURS: Final = ("tests", "domain", "application", "projections", "adapters", "api")
ROLES: Final = {
    "api.processes.api_server": "API",
    "api.processes.worker": "worker",
    "adapters.simulator": "simulator",
    "postgres": "PostgreSQL",
}


async def profile_of_payments(folder: Path, concurrency: int, seconds: float) -> list[str]:
    """Own time by package or folder of ours, and the functions that take most, in percent."""
    async with embedded_store(folder) as store:
        call = create_in_process(instant_core(store))
        await measure("warm up", call, concurrency=concurrency, seconds=1.0)
        profiler = cProfile.Profile()
        profiler.enable()
        await measure("profiled", call, concurrency=concurrency, seconds=seconds)
        profiler.disable()
    by_room: Counter[str] = Counter()
    by_function: Counter[str] = Counter()
    rows: dict[tuple[str, int, str], tuple[Any, ...]] = vars(pstats.Stats(profiler))["stats"]
    for (file, line, name), (_, _, own_s, *_) in rows.items():
        room = _room(file)
        by_room[room] += own_s
        by_function[f"{room}: {name}" + (f" ({Path(file).name}:{line})" if line else "")] += own_s
    return [
        "own time in process, by room:",
        *_shares(by_room),
        "own time in process, by function:",
        *_shares(by_function),
    ]


def cpu_of_the_product(concurrency: int, seconds: float) -> list[str]:
    """CPU milliseconds of every process per payment, under load over HTTP."""
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
            generated("warm up", settings, api_key, concurrency, 1.0)
            done, spent = watched("watched", settings, api_key, concurrency, seconds)
    return [
        f"CPU per payment over HTTP, {concurrency} in flight, {done.per_s:,.0f} payments/s:",
        *(f"  {ms:6.2f} ms  {role}" for role, ms in spent.items()),
    ]


def watched(
    name: str, settings: Settings, api_key: str, concurrency: int, seconds: float
) -> tuple[Measured, dict[str, float]]:
    """A cell, and the CPU milliseconds that every role spent per payment in it: a figure that
    says little of what else the machine had to do meanwhile."""
    before = _cpu_s()
    done = generated(name, settings, api_key, concurrency, seconds)
    # The generator counts only what came after its warm-up: its rate is taken for all the time.
    payments = max(1.0, done.per_s * seconds)
    return done, {
        role: round((now - before[role]) / payments * 1_000, 3) for role, now in _cpu_s().items()
    }


def _cpu_s() -> dict[str, float]:
    """Of the processes that are there now, and of what they have waited for."""
    used = dict.fromkeys(ROLES.values(), 0.0)
    for process in psutil.process_iter():
        try:
            command, times = " ".join(process.cmdline()), process.cpu_times()
        except psutil.Error:
            continue  # gone, or nobody's business
        for mark, role in ROLES.items():
            if mark in command and process.pid != os.getpid():
                used[role] += times.user + times.system
                break
    return used


def _room(file: str) -> str:
    """`domain/payment`, `adapters/codec`, or the name of a package."""
    parts = Path(file).parts
    if "site-packages" in parts:
        return parts[parts.index("site-packages") + 1]
    for root in OURS:
        if root in parts and Path(file).suffix == ".py":
            return "/".join(parts[parts.index(root) :][:2]).removesuffix(".py")
    return "built in" if file.startswith(("~", "<")) else "standard library"


def _shares(of: Counter[str]) -> list[str]:
    whole = of.total()
    return [f"  {own / whole:6.1%}  {name}" for name, own in of.most_common(SHOWN_MAX)]
