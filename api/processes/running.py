"""Runs a process's main coroutine until it is told to stop: SIGTERM, SIGINT, or, for a child of
the embedded mode, the death of its parent.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import uvloop

from api.processes.beats import keep_beating
from api.processes.watchdog import block_signals, start_watchdog

STOPPED_S_MAX: Final = 10.0


def run_until_stopped(main: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """`main` gets an event that is set when the process should end, and ends then; the watchdog
    ends the process where it does not. From here on signals are the watchdog's."""
    block_signals()

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        start_watchdog(lambda: loop.call_soon_threadsafe(stop.set))
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
