"""Tests of what pip cannot bring: marked `needs_...`, run where it is there.

Where it is not, the run ends by naming the marker and how many of its tests did not run; with
`--everything`, as in CI, it fails then.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.peers import NPM

CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
NOT_RUN: Final = pytest.StashKey[Counter[str]]()


@dataclass(frozen=True, slots=True)
class Need:
    """`found` is None where it is not there; `how` says how to bring it."""

    found: Callable[[], Path | None]
    how: str


def program(*names: str) -> Path | None:
    """The first of these that PATH knows."""
    found = (shutil.which(name) for name in names)
    return next((Path(one) for one in found if one is not None), None)


NEEDS: Final = {
    "needs_chromium": Need(lambda: program(*CHROMIUM), "apt-get install chromium"),
    "needs_node": Need(lambda: NPM if NPM.is_dir() else None, "scripts/setup npm"),
    "needs_promtool": Need(lambda: program("promtool"), "apt-get install prometheus"),
}


def needed(marker: str) -> Path:
    """Where it is. Raises LookupError."""
    found = NEEDS[marker].found()
    if found is None:
        raise LookupError(f"{marker}: not here; {NEEDS[marker].how}")
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--everything", action="store_true", help="fail where a test cannot run on this machine"
    )


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """After -m and -k: what nobody asked for does not count."""
    missing = frozenset(marker for marker, need in NEEDS.items() if need.found() is None)
    runs, left = parted(items, missing)
    config.stash[NOT_RUN] = Counter(marker for _, marker in left)
    if left:
        config.hook.pytest_deselected(items=[item for item, _ in left])
        items[:] = runs


def parted(
    items: Sequence[pytest.Item], missing: frozenset[str]
) -> tuple[list[pytest.Item], list[tuple[pytest.Item, str]]]:
    """Those that run here, and those that do not, each with one marker of what is missing."""
    runs: list[pytest.Item] = []
    left: list[tuple[pytest.Item, str]] = []
    for item in items:
        lacking = sorted(missing.intersection(mark.name for mark in item.iter_markers()))
        if lacking:
            left.append((item, lacking[0]))
        else:
            runs.append(item)
    return runs, left


def lines(not_run: Counter[str]) -> list[str]:
    """`not run: needs_promtool, 2 tests (apt-get install prometheus)`"""
    return [
        f"not run: {marker}, {count} test{'s' * (count != 1)} ({NEEDS[marker].how})"
        for marker, count in sorted(not_run.items())
    ]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker of xdist tells the run that it is a part of."""
    not_run = session.config.stash.get(NOT_RUN, Counter())
    told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["not_run"] = dict(not_run)
    elif not_run and session.config.getoption("--everything"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """All workers collect the same tests, so that one of them tells enough."""
    told = getattr(node, "workeroutput", {})
    if "not_run" in told:
        node.config.stash[NOT_RUN] = Counter(told["not_run"])


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    for line in lines(config.stash.get(NOT_RUN, Counter())):
        terminalreporter.line(line, yellow=True)
