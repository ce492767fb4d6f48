"""Keeps a projection running: holds its lease, and after an interruption waits a little longer each
time and resumes from the checkpoint. Decides nothing about events."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Final

from adapters.cancellation import heed_cancellation
from domain.log import Position
from projections.failures import Interrupted
from projections.ports import Feed, ParkedStream
from projections.runner import Runner

BACK_OFF_FIRST_S: Final = 0.1
BACK_OFF_MAX_S: Final = 10.0

_log = logging.getLogger(__name__)

Lease = Callable[[], AbstractAsyncContextManager[None]]


@dataclass(frozen=True, slots=True)
class BackOff:
    """Seconds; doubles from `first_s` and starts again after the projection has moved."""

    first_s: float = BACK_OFF_FIRST_S
    max_s: float = BACK_OFF_MAX_S

    def after(self, failures: int) -> float:
        return min(self.max_s, self.first_s * 2.0 ** min(failures, 32))


async def keep_projecting(
    runner: Runner, feed: Feed, *, lease: Lease = nullcontext, back_off: BackOff | None = None
) -> None:
    """Until it is cancelled, or the feed of a closed log ends. A runner that another one
    overtook waits for the lease again."""
    pauses = back_off or BackOff()
    failures = 0
    while True:
        before = runner.position
        try:
            async with lease():
                return await runner.run(feed)
        except Interrupted as interrupted:
            _log.warning("projection %s interrupted: %s", runner.name, interrupted)
        except Exception:
            _log.exception("projection %s failed", runner.name)
        heed_cancellation()
        failures = 0 if runner.position != before else failures + 1
        await asyncio.sleep(pauses.after(failures))


class LoggingObserver:
    """Says what was parked; positions are the metrics' business."""

    def applied(self, projection: str, *, events: int, position: Position) -> None:
        _log.debug("projection %s at %s after %s events", projection, position, events)

    def parked(self, projection: str, parked: ParkedStream) -> None:
        _log.error(
            "projection %s parked %s at revision %s (%s): %s",
            projection,
            parked.stream,
            parked.revision,
            parked.type,
            parked.reason,
        )
