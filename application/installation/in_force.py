"""The format as this process takes it to be: read at its start, and again while it runs."""

from __future__ import annotations

from domain.installation.formats import NEWEST_FORMAT, Format


class FormatInForce:
    """One per process, shared by its logs. It only rises: a format is never taken back."""

    def __init__(self, now: Format = NEWEST_FORMAT) -> None:
        self._now = now

    @property
    def now(self) -> Format:
        return self._now

    def adopt(self, number: int) -> None:
        """Raises FormatTooHigh for one that this program does not know: the process must end."""
        if number > self._now.number:
            self._now = Format(number)
