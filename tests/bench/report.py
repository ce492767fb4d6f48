"""The report as a table and as JSON, with the ratios that one run allows."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench.load import Measured


def show(console: Console, cells: Sequence[Measured]) -> None:
    table = Table(box=None, pad_edge=False, title="Interlock benchmark", title_justify="left")
    table.add_column("what", no_wrap=True)
    for name in ("in flight", "per s", "p50 ms", "p95 ms", "p99 ms", "failed"):
        table.add_column(name, justify="right")
    for cell in cells:
        numbers = (cell.p50_ms, cell.p95_ms, cell.p99_ms)
        shown = [f"{number:.1f}" for number in numbers]
        table.add_row(
            cell.name, str(cell.concurrency), f"{cell.per_s:,.0f}", *shown, str(cell.failures)
        )
    console.print(table)
    for line in ratios(cells):
        console.print(f"  {line}")


def ratios(cells: Sequence[Measured]) -> list[str]:
    """Payments per raw append at the same concurrency, in this run. A payment is two appends."""
    raw = {(_store(one), one.concurrency): one.per_s for one in cells if "raw appends" in one.name}
    lines = []
    for one in cells:
        reference = raw.get((_store(one), one.concurrency))
        if reference and "raw appends" not in one.name:
            share = one.per_s / reference
            lines.append(f"{one.name}, {one.concurrency} in flight: {share:.2f} of the raw appends")
    return lines


def medians(runs: Sequence[Sequence[Measured]]) -> list[Measured]:
    """Cell by cell over runs of the same cells; failures are summed, never averaged away."""
    return [_median(list(same)) for same in zip(*runs, strict=True)]


def _median(same: list[Measured]) -> Measured:
    def middle(of: Callable[[Measured], float]) -> float:
        return median(of(one) for one in same)

    return replace(
        same[0],
        seconds=sum(one.seconds for one in same),
        calls=sum(one.calls for one in same),
        failures=sum(one.failures for one in same),
        per_s=middle(lambda one: one.per_s),
        p50_ms=middle(lambda one: one.p50_ms),
        p95_ms=middle(lambda one: one.p95_ms),
        p99_ms=middle(lambda one: one.p99_ms),
    )


def as_json(
    cells: Sequence[Measured],
    *,
    runs: Sequence[Sequence[Measured]],
    steady: Sequence[Measured],
    profile: Sequence[str],
) -> dict[str, Any]:
    """`cells` are the medians of `runs`."""
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
        "cells": [one.as_json() for one in cells],
        "runs": [[one.as_json() for one in run] for run in runs],
        "steady": [one.as_json() for one in steady],
        "ratios": ratios(cells),
        "profile": list(profile),
    }


def save(path: Path, report: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report, indent=1) + "\n")


def _store(cell: Measured) -> str:
    label = cell.name.partition(":")[0]
    return "embedded" if label.startswith("HTTP") else label
