"""ISO 8601 times as seconds since the history's epoch."""

from __future__ import annotations

from datetime import UTC, datetime


def posix(text: str) -> float:
    """Raises ValueError for a text that is no time."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()
