"""A process that is told to end does end, whatever its loop or the interpreter is doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from api.processes.handing_over import LEASHED
from api.processes.program import FAILED
from api.processes.watchdog import OVERDUE

ROOT = Path(__file__).parents[2]
PATIENCE_S: Final = 60
BY_FAULTHANDLER: Final = 1  # the code of a process that C had to end

PROGRAM: Final = """
import asyncio, ctypes, sys, threading, time
from api.processes import program, running, watchdog

async def work(settings, stop):
    print("up", flush=True)
    {work}

start = watchdog.start_watchdog
running.start_watchdog = lambda ask: start(ask, grace_s=0.3)
watchdog.end_process(program.run_program("test", work))
"""
BLOCKED: Final = "time.sleep(600)"
DEAF: Final = "await stop.wait(); ctypes.PyDLL(None).sleep(600)"  # keeps the interpreter's lock
WELL: Final = "await stop.wait(); print('tidied up')"
THREAD_LEFT: Final = "threading.Thread(target=threading.Event().wait).start(); await stop.wait()"
TASK_LEFT: Final = (
    "asyncio.get_running_loop().run_in_executor(None, threading.Event().wait); await stop.wait()"
)


@contextmanager
def running(work: str) -> Iterator[subprocess.Popen[str]]:
    """The program, once it is up; its standard input is its leash."""
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM.format(work=work)],
        cwd=ROOT, env={**os.environ, LEASHED: "1"}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("{}\n")  # what a parent hands over
        process.stdin.flush()
        assert process.stdout.readline() == "up\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def ended(process: subprocess.Popen[str], *, by: str) -> tuple[int, str, str]:
    """Exit code and what it said, once it is gone."""
    if by == "leash":
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    else:
        process.send_signal(getattr(signal, by))
    said, told = process.communicate(timeout=PATIENCE_S)
    return process.returncode, said, told


WAYS = pytest.mark.parametrize("by", ["SIGTERM", "SIGINT", "leash"])


@WAYS
def test_a_blocked_loop_does_not_keep_the_process(by: str) -> None:
    with running(BLOCKED) as process:
        code, _, told = ended(process, by=by)
    assert code == OVERDUE
    assert "not ended" in told


@WAYS
def test_whoever_tidies_up_in_time_ends_well(by: str) -> None:
    with running(WELL) as process:
        assert ended(process, by=by)[:2] == (0, "tidied up\n")


def test_an_interpreter_that_is_blocked_is_ended_from_c() -> None:
    with running(DEAF) as process:
        code, _, told = ended(process, by="SIGTERM")
    assert code == BY_FAULTHANDLER
    assert "most recent call first" in told


def test_a_thread_that_never_ends_is_not_waited_for() -> None:
    with running(THREAD_LEFT) as process:
        assert ended(process, by="SIGTERM")[0] == 0


def test_an_executor_that_never_ends_is_waited_for_within_bounds() -> None:
    with running(TASK_LEFT) as process:
        assert ended(process, by="SIGTERM")[0] == OVERDUE


def test_work_that_fails_says_why_and_ends_with_its_code() -> None:
    with running("raise ArithmeticError('of all things')") as process:
        _, told = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == FAILED
    assert "of all things" in told
