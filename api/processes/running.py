"""Runs a process's main coroutine until it is told to stop: SIGTERM, SIGINT, or, for a child of
the embedded mode, the death of its parent.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import uvloop

from api.processes.beats import keep_beating
from api.processes.handing_over import is_child

STOPPED_S_MAX: Final = 15.0


def run_until_stopped(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """`main` gets an event that is set when the process should end, and ends then."""

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for one in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(one, stop.set)
        if is_child():
            threading.Thread(target=end_with_parent, daemon=True).start()
        beating = asyncio.create_task(keep_beating(), name="beats")
        try:
            await main(stop)
        finally:
            beating.cancel()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(run())


async def until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Does `work` until it ends, fails (which is raised), or `stop` is set."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            await working
    finally:
        stopping.cancel()
        working.cancel()
        with suppress(asyncio.CancelledError, TimeoutError, Exception):
            await asyncio.wait_for(working, STOPPED_S_MAX)


def end_with_parent() -> None:
    """The parent has written what it hands over and writes no more: the read returns only when it
    is gone, however it died."""
    while os.read(0, 1):  # not sys.stdin: its lock would be held while Python shuts down
        continue
    os.kill(os.getpid(), signal.SIGTERM)
