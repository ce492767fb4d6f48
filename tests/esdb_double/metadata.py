"""Stream metadata: what a `$metadata` event means for its stream. Pure.

Must not decide which event is the effective one: log.py does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.esdb_double.events import REVISION_MAX


@dataclass(frozen=True, slots=True)
class StreamMetadata:
    """Limits in force; keys holds everything that was written, custom keys too."""

    truncate_before: int = 0
    max_count: int | None = None
    max_age_s: float | None = None
    keys: dict[str, Any] = field(default_factory=dict)

    @property
    def soft_deleted(self) -> bool:
        return self.truncate_before == REVISION_MAX

    def with_truncate_before(self, revision: int) -> bytes:
        """The same metadata as JSON, but for this $tb."""
        return as_json(self.keys | {"$tb": revision})


NO_METADATA = StreamMetadata()
OF_METADATA_STREAMS = StreamMetadata(max_count=1)  # they show only their last event


def as_json(keys: dict[str, Any]) -> bytes:
    return json.dumps(keys, separators=(",", ":")).encode()


def parse_metadata(data: bytes, *, is_json: bool) -> StreamMetadata:
    """What cannot be read means no metadata, as on the server; it is never an error."""
    try:
        keys = json.loads(data) if is_json else None
    except ValueError:
        keys = None
    if not isinstance(keys, dict):
        return NO_METADATA
    truncate_before = _positive(keys.get("$tb"))
    return StreamMetadata(
        truncate_before=int(truncate_before or 0),
        max_count=None if (most := _positive(keys.get("$maxCount"))) is None else int(most),
        max_age_s=_positive(keys.get("$maxAge")),
        keys=keys,
    )


def _positive(value: object) -> float | int | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if number and isinstance(value, int | float) and value > 0 else None
