"""Keeps a projection running: holds its lease, and after an interruption waits a little longer each
time and resumes from the checkpoint. Decides nothing about events."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import Final

from adapters.cancellation import heed_cancellation
from adapters.outage import Outage
from adapters.read_models.progress import GetsOn, unheard
from adapters.read_models.tenure import Hung, Tenure
from domain.log import Position, RecordedEvent
from projections.failures import Interrupted
from projections.ports import Feed, ParkedStream
from projections.runner import Runner

INTERRUPTED: Final = "projections are interrupted"
BACK_OFF_FIRST_S: Final = 0.1
BACK_OFF_MAX_S: Final = 10.0
FOREIGN_STREAMS_TOLD_MAX: Final = 20  # by name; whoever has more knows it by then

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BackOff:
    """Seconds; doubles from `first_s` and starts again after the projection has moved."""

    first_s: float = BACK_OFF_FIRST_S
    max_s: float = BACK_OFF_MAX_S

    def after(self, failures: int) -> float:
        return min(self.max_s, self.first_s * 2.0 ** min(failures, 32))


async def keep_projecting(
    runner: Runner,
    feed: Feed,
    *,
    tenure: Tenure | None = None,
    back_off: BackOff | None = None,
    gets_on: GetsOn = unheard,
    outage: Outage | None = None,
) -> None:
    """Until it is cancelled, or the feed of a closed log ends. A runner that another one
    overtook waits for the lease again; without a `tenure` there is no other. `gets_on` hears also
    of what failed and is tried again; `outage` may be shared. Raises Hung."""
    pauses = back_off or BackOff()
    failures, interruptions = 0, outage or Outage(_log, INTERRUPTED)

    def works() -> None:
        interruptions.works(party=runner.name)
        gets_on()

    while True:
        before = runner.position
        try:
            if tenure is None:
                return await runner.run(feed)
            return await tenure.run(runner, feed, works)
        except Hung:
            raise
        except Interrupted as interrupted:
            interruptions.failed(f"{runner.name}: {interrupted}", party=runner.name)
        except Exception:
            _log.exception("projection %s failed", runner.name)
        heed_cancellation()
        gets_on()
        failures = 0 if runner.position != before else failures + 1
        await asyncio.sleep(pauses.after(failures))


class LoggingObserver:
    """Says what was parked, and once of each stream that it is another application's; positions are
    the metrics' business. One for all projections of a process."""

    def __init__(self) -> None:
        self.foreign_events = 0  # passed over so far, by all projections together
        self._foreign_streams: set[str] = set()

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

    def foreign(self, projection: str, event: RecordedEvent) -> None:
        self.foreign_events += 1
        if event.stream in self._foreign_streams:
            return
        if len(self._foreign_streams) < FOREIGN_STREAMS_TOLD_MAX:
            self._foreign_streams.add(event.stream)
            _log.warning(
                "stream %s is another application's: its events are passed over", event.stream
            )
