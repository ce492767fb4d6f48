"""Which events of $all a client asked for, and how many are examined at a time. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.esdb_double.events import HIDDEN_STREAMS, Stored

WINDOW_DEFAULT = 32


@dataclass(frozen=True, slots=True)
class EventFilter:
    """By stream name or event type; a regex, found anywhere in it, wins over prefixes.

    window: events examined per page. interval: examined events between two checkpoints.
    """

    by: Literal["stream", "type"]
    regex: re.Pattern[str] | None
    prefixes: tuple[str, ...]
    window: int
    interval: int

    def matches(self, event: Stored) -> bool:
        text = event.stream if self.by == "stream" else event.type
        if self.regex is not None:
            return self.regex.search(text) is not None
        return text.startswith(self.prefixes)


def event_filter(
    by: Literal["stream", "type"],
    *,
    regex: str,
    prefixes: Sequence[str],
    window: int,
    multiplier: int,
) -> EventFilter:
    """Raises re.error for a pattern that is none."""
    pattern = re.compile(regex) if regex else None
    return EventFilter(by, pattern, tuple(prefixes), window, window * multiplier)


def is_shown(event: Stored, wanted: EventFilter | None) -> bool:
    """Whether $all delivers this event."""
    if event.stream in HIDDEN_STREAMS:
        return False
    return wanted is None or wanted.matches(event)
