"""What the installation is after its facts, and what may be decided about it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from domain.installation.events import FormatRaised, InstallationEvent
from domain.installation.formats import FIRST, NEWEST, Format

# Holds this one kind of fact, in its one version, so that every program can read it.
STREAM: Final = "installation-format"


def format_of(events: Iterable[InstallationEvent]) -> int:
    """The format that these facts leave, which may be higher than this program knows."""
    return max((one.format for one in events), default=FIRST)


def raise_to_newest(
    events: Iterable[InstallationEvent], *, now: datetime, by: str
) -> list[InstallationEvent]:
    """[] where it is there already. Raises FormatTooHigh where it is beyond what is known."""
    current = Format(format_of(events))
    return [] if current.number == NEWEST else [FormatRaised(format=NEWEST, at=now, by=by)]
