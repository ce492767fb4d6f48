"""How far projections are behind the log, for people and for metrics."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from domain.log import BEFORE_FIRST, Position
from projections.failures import LogUnavailable
from projections.ports import Log
from projections.queries import ProjectionRow, Queries

COUNTED_EVENTS_MAX: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """`events` that wait, a lower bound when `more`. `seconds`: since the oldest of them was
    recorded, so that a quiet night does not look like a delay; 0.0 when none waits."""

    events: int
    more: bool
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectionReport:
    row: ProjectionRow
    head: Position
    lag: Lag


async def lag_behind(
    log: Log, position: Position, *, now: datetime, counted_max: int = COUNTED_EVENTS_MAX
) -> Lag:
    """Raises LogUnavailable."""
    try:
        waiting = await log.read_all(after=position, limit=counted_max)
    except Exception as failure:
        raise LogUnavailable(f"the log could not be read: {failure}") from failure
    if not waiting:
        return Lag(events=0, more=False, seconds=0.0)
    since = (now - waiting[0].recorded_at).total_seconds()
    more = len(waiting) == counted_max
    return Lag(events=len(waiting), more=more, seconds=max(0.0, since))


async def seconds_behind(
    log: Log, queries: Queries, projections: Iterable[str], *, now: datetime
) -> float:
    """Since the oldest event that one of these has not seen yet was recorded; 0.0 where each has
    seen all. One that never ran has seen nothing. Raises LogUnavailable, ReadModelsUnavailable."""
    reached = {row.projection: row.position for row in await queries.projections()}
    last = min(reached.get(one, BEFORE_FIRST) for one in projections)
    if last >= await _head(log):
        return 0.0
    return (await lag_behind(log, last, now=now, counted_max=1)).seconds


async def survey(log: Log, queries: Queries, *, now: datetime) -> Sequence[ProjectionReport]:
    """Every projection that ever ran here. Raises LogUnavailable, ReadModelsUnavailable."""
    rows = await queries.projections()
    head = await _head(log)
    idle = Lag(events=0, more=False, seconds=0.0)
    return [
        ProjectionReport(
            row=row,
            head=head,
            lag=idle if row.position >= head else await lag_behind(log, row.position, now=now),
        )
        for row in rows
    ]


async def _head(log: Log) -> Position:
    try:
        return await log.head()
    except Exception as failure:
        raise LogUnavailable(f"the log's head could not be read: {failure}") from failure
