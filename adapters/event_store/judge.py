"""The rule of the expected revision and of repeats, for a group of appends at once. Pure.

As EventStoreDB does it for an exact revision and for "no stream": equal to the last revision,
store; less, a repeat if every id is the stored one, else a conflict; greater, a conflict.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from uuid import UUID

from adapters.event_store.queued import Outcome, QueuedAppend
from application.ports.event_store import Appended, WrongRevision
from domain.log import NO_STREAM, NewEvent, Position, Revision

Stored: TypeAlias = tuple[UUID, Position]


@dataclass(slots=True)
class Tip:
    """What must be known of a stream: its last revision, and the ids where a repeat may lie."""

    revision: Revision = NO_STREAM
    known: dict[Revision, Stored] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Placed:
    """An event with its place, to be stored now."""

    stream: str
    revision: Revision
    position: Position
    event: NewEvent


def older_ranges(
    group: Sequence[QueuedAppend], tips: dict[str, Tip]
) -> list[tuple[str, Revision, Revision]]:
    """(stream, first, last) of stored revisions whose ids `judge` must know."""
    return [
        (append.stream, append.expected + 1, append.expected + len(append.events))
        for append in group
        if append.expected < tips[append.stream].revision
    ]


def judge(
    group: Sequence[QueuedAppend], tips: dict[str, Tip], first_position: Position
) -> tuple[list[Outcome], list[Placed]]:
    """One outcome per append, and what to store; an append sees those before it in the group.

    Positions count up from `first_position`. Changes `tips`.
    """
    outcomes: list[Outcome] = []
    placed: list[Placed] = []
    for append in group:
        tip = tips[append.stream]
        if append.expected != tip.revision:
            outcomes.append(_repeat_or_conflict(append, tip))
            continue
        for event in append.events:
            tip.revision += 1
            position = first_position + len(placed)
            tip.known[tip.revision] = (event.id, position)
            placed.append(Placed(append.stream, tip.revision, position, event))
        outcomes.append(Appended(tip.revision, first_position + len(placed) - 1))
    return outcomes, placed


def _repeat_or_conflict(append: QueuedAppend, tip: Tip) -> Outcome:
    position: Position | None = None
    for offset, event in enumerate(append.events, start=1):
        stored_id, position = tip.known.get(append.expected + offset, (None, None))
        if stored_id != event.id:
            position = None
            break
    if position is None:
        return WrongRevision(append.stream, append.expected, tip.revision)
    return Appended(append.expected + len(append.events), position)
