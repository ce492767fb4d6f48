"""Replays a parked stream of one projection, in order and in one transaction.

Runs beside the projection's runner, in any process: the store tells the runner.
"""

from __future__ import annotations

from typing import Final

from domain.log import RecordedEvent
from projections.failures import Interrupted, NotParked, ParkedChanged, StillPoison
from projections.ports import Log, ParkedStream, Projector, ReadModelStore, Replay
from projections.runner import reason_of
from projections.streams import read_through
from projections.tables import Change

ROUNDS_MAX: Final = 8  # the stream may grow while it is replayed


async def replay_parked(
    stream: str, *, projector: Projector, store: ReadModelStore, log: Log
) -> int:
    """How many events were projected; the stream is not parked any more.

    `projector` is one of its own, not the running one. Raises NotParked, StillPoison (nothing was
    changed), ParkedChanged where the stream grew faster than it was replayed, Interrupted.
    """
    for _ in range(ROUNDS_MAX):
        parked = await _find(stream, projector.name, store)
        events = await read_through(log, stream, parked.revision, parked.last_revision)
        changes = await _project(projector, events)
        replay = Replay(
            projection=projector.name,
            stream=stream,
            last_revision=parked.last_revision,
            changes=changes,
        )
        try:
            await store.replay(replay)
        except ParkedChanged:
            projector.forget()
            continue
        except Interrupted:
            projector.forget()
            raise
        except Exception as failure:
            projector.forget()
            raise StillPoison(stream, parked.revision, reason_of(failure)) from failure
        projector.keep()
        return len(events)
    raise ParkedChanged(f"{stream} grew {ROUNDS_MAX} times while it was replayed")


async def _find(stream: str, projection: str, store: ReadModelStore) -> ParkedStream:
    for parked in await store.parked(projection):
        if parked.stream == stream:
            return parked
    raise NotParked(f"{projection} has not parked {stream}")


async def _project(projector: Projector, events: list[RecordedEvent]) -> list[Change]:
    changes: list[Change] = []
    for event in events:
        try:
            changes.extend(await projector.project(event))
        except Interrupted:
            projector.forget()
            raise
        except Exception as failure:
            projector.forget()
            raise StillPoison(event.stream, event.revision, reason_of(failure)) from failure
    return changes
