"""What can go wrong around a projection. Everything else that projecting raises is poison."""

from __future__ import annotations


class Interrupted(Exception):
    """Base of what says nothing about the event at hand: nothing was stored, resume later from
    the checkpoint."""


class ReadModelsUnavailable(Interrupted):
    """The store of the read models did not answer, or not as it should."""


class LogUnavailable(Interrupted):
    """The event log did not answer."""


class LeaseLost(Interrupted):
    """Another runner of the same projection moved the checkpoint: stop, it goes on alone."""


class TooManyParked(Interrupted):
    """So many streams are parked that the program must be at fault, not the events."""


class ParkedChanged(Exception):
    """A replay changed what is parked since it was read: read it again."""


class RowsRefused(Exception):
    """The store cannot hold these rows as they are (a value out of range, a broken constraint)."""


class StillPoison(Exception):
    """A parked stream was replayed and fails still; it stays parked, nothing was changed."""

    def __init__(self, stream: str, revision: int, reason: str) -> None:
        super().__init__(f"{stream} at revision {revision}: {reason}")
        self.stream, self.revision, self.reason = stream, revision, reason


class NotParked(Exception):
    """There is no such stream among the parked ones of this projection."""
