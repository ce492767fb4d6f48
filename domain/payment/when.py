"""Times as people and merchants see them."""

from __future__ import annotations

from datetime import UTC, datetime


def when(at: datetime) -> str:
    """ISO 8601 in UTC, with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
