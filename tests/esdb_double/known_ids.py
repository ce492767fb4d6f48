"""The server's memory of recent event ids, which makes appends with ANY idempotent as far as it
reaches. It is lost on a restart and bounded; it must not be used for exact expectations.
"""

from __future__ import annotations

from uuid import UUID

from tests.esdb_double.events import REVISION_MAX, Stored

KNOWN_IDS_BYTES_MAX = 8 << 20
ENTRY_BYTES = 50  # plus two for each character of the stream name


class KnownIds:
    """From event id to stream and revision; the first entry of an id wins, the oldest go first."""

    def __init__(self, bytes_max: int = KNOWN_IDS_BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._entries: dict[UUID, tuple[str, int]] = {}

    def remember(self, event: Stored) -> None:
        if event.event_id in self._entries or event.revision == REVISION_MAX:
            return
        self._entries[event.event_id] = (event.stream, event.revision)
        self._bytes += _size(event.stream)
        while self._bytes > self._bytes_max:
            oldest = next(iter(self._entries))
            self._bytes -= _size(self._entries.pop(oldest)[0])

    def revision(self, event_id: UUID, stream: str) -> int | None:
        """Where this stream holds the id, or None: unknown, or known in another stream only."""
        known_stream, revision = self._entries.get(event_id, ("", 0))
        return revision if known_stream == stream else None

    def forget(self) -> None:
        """As a restart does."""
        self._entries.clear()
        self._bytes = 0


def _size(stream: str) -> int:
    return ENTRY_BYTES + 2 * len(stream)
