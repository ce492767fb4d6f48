"""Children that die, freeze or hang are started again; what goes on is left alone."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from api.processes import beats
from api.processes.beats import FROZEN_S, STARTING_S_MAX, UNWATCHED_S_MAX, Pulse
from api.processes.children import Child

PATIENCE_S = 60.0
GOES_ON = (
    "import asyncio; from api.processes.beats import keep_beating; asyncio.run(keep_beating())"
)
HANGS = """
import asyncio, time
from api.processes.beats import keep_beating
async def hang():
    beating = asyncio.create_task(keep_beating())
    await asyncio.sleep(0.2)
    time.sleep(1e6)
asyncio.run(hang())
"""
ASIDE = "from api.processes.beats import keep_beating_aside; keep_beating_aside()"


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    pulse = Pulse(now=0.0)
    yield pulse
    pulse.close()


def beat(pulse: Pulse) -> None:
    os.write(pulse.writes, b".")


def looked_at(pulse: Pulse, *, since: float, until: float) -> list[float]:
    """The moments at which it is frozen; looked at every half second."""
    moments = [since + step / 2 for step in range(1, round(2 * (until - since)) + 1)]
    return [moment for moment in moments if pulse.is_frozen(now=moment)]


def test_who_beats_is_not_frozen(pulse: Pulse) -> None:
    for second in range(1, 60):
        beat(pulse)
        assert not pulse.is_frozen(now=float(second))


def test_who_falls_silent_is_frozen(pulse: Pulse) -> None:
    beat(pulse)
    assert not pulse.is_frozen(now=1.0)
    assert looked_at(pulse, since=1.0, until=10.0)[0] == 1.0 + FROZEN_S + 0.5


def test_who_is_starting_has_more_time(pulse: Pulse) -> None:
    assert looked_at(pulse, since=0.0, until=70.0)[0] == STARTING_S_MAX + 0.5


def test_a_parent_that_stood_still_itself_accuses_nobody(pulse: Pulse) -> None:
    beat(pulse)
    assert not pulse.is_frozen(now=1.0)
    assert not pulse.is_frozen(now=1.0 + UNWATCHED_S_MAX + 100.0)
    assert looked_at(pulse, since=103.0, until=103.0 + FROZEN_S) == []


def test_a_parent_that_stands_still_holds_nobody_up(
    pulse: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pipe fills, and whoever beats goes on all the same."""
    monkeypatch.setenv(beats.BEATS, str(pulse.writes))
    assert all(beats._beat() for _ in range(100_000))
    assert not pulse.is_frozen(now=1_000.0)


def test_without_a_parent_nobody_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(beats.BEATS, raising=False)
    beats.keep_beating_aside()


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Child]]:
    """A child that runs this program. The parent is less patient than in earnest."""
    monkeypatch.setattr(beats, "FROZEN_S", 2.0)
    children = []

    def start(program: str) -> Child:
        child = Child("child", [sys.executable, "-c", program], {})
        children.append(child)
        child.start()
        return child

    yield start
    for child in children:
        if child.process is not None:
            child.process.kill()
        child.stop()


def watch_until(child: Child, condition: Callable[[], object]) -> None:
    gives_up_at = time.monotonic() + PATIENCE_S
    between = threading.Event()
    while not condition():
        assert time.monotonic() < gives_up_at
        child.watch()
        between.wait(0.05)


def has_begun(child: Child) -> bool:
    return child.pulse is not None and child.pulse.begun


@pytest.mark.parametrize("program", [GOES_ON, ASIDE])
def test_a_child_that_is_stopped_is_started_again(
    watched: Callable[[str], Child], program: str
) -> None:
    child = watched(program)
    watch_until(child, lambda: has_begun(child))
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGSTOP)
    watch_until(child, lambda: child.restarts == 1)
    watch_until(child, lambda: has_begun(child))


def test_a_child_whose_event_loop_hangs_is_started_again(watched: Callable[[str], Child]) -> None:
    child = watched(HANGS)
    watch_until(child, lambda: child.restarts == 1)


def test_a_child_that_is_stopped_ends_when_it_is_told_to(watched: Callable[[str], Child]) -> None:
    child = watched(GOES_ON)
    watch_until(child, lambda: has_begun(child))
    assert child.process is not None
    process = child.process
    os.kill(process.pid, signal.SIGSTOP)
    child.stop()
    assert process.returncode == -signal.SIGTERM
