"""Ends a process when the installation's format is raised beyond what it knows; takes a known one
over. Decides nothing: what may be written is domain/installation."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from application.installation.in_force import FormatInForce
from application.installation.keeping import InstallationFormat
from application.ports.event_store import PASSING
from domain.installation.formats import FormatTooHigh

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 5.0


@asynccontextmanager
async def heeding_format(
    kept: InstallationFormat,
    in_force: FormatInForce,
    stop: asyncio.Event,
    *,
    every_s: float = LOOK_EVERY_S,
) -> AsyncIterator[None]:
    """Looks again and again for the length of the block. Where it meets a format that is too high
    it sets `stop`, so that what was begun is ended in order, and raises FormatTooHigh behind the
    block."""
    looking = asyncio.create_task(_look(kept, in_force, stop, every_s), name="format")
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _look(
    kept: InstallationFormat, in_force: FormatInForce, stop: asyncio.Event, every_s: float
) -> None:
    while True:
        await asyncio.sleep(every_s)
        before = in_force.now.number
        try:
            in_force.adopt(await kept.read())
        except FormatTooHigh:
            stop.set()
            raise
        except PASSING as failure:  # an outage, told where it is found
            log.debug("the installation's format cannot be read: %s", failure)
        except Exception:
            log.exception("the installation's format cannot be read")
        if in_force.now.number != before:
            log.info("the installation's format is %s from now on", in_force.now.number)
