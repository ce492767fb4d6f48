"""How this adapter fails beyond what the port names. Never carries credentials."""

from __future__ import annotations

from application.ports.event_store import StoreFailure


class BadConnectionString(ValueError):
    """The connection string cannot be understood. The message never quotes user or password."""


class StreamNotWhole(StoreFailure):
    """An alarm: the stream was deleted, truncated or tombstoned by somebody on the server.

    Raised by an append when the server accepted it at another revision than asked for (a
    soft-deleted stream takes NO_STREAM and goes on counting), or cannot show what it stored.
    Nobody may act upon such an append; a person has to look at the server.
    """


class AppendRefused(StoreFailure):
    """The server said no for good: access denied or a malformed append.

    `nothing_stored` is False when an earlier send of the same append was left without an answer.
    """

    def __init__(self, reason: str, *, nothing_stored: bool) -> None:
        super().__init__(reason)
        self.nothing_stored = nothing_stored


class NoLeader(Exception):
    """No connection to a leader right now; the next attempt may succeed. Stays in this package."""


class StoreClosed(NoLeader):
    """The store was closed while somebody still waited for a connection."""
