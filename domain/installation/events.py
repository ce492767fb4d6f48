"""The facts of the installation's stream. A recorded shape is never edited (versions.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatRaised:
    """From here on, events of this format may be written (formats.py). Without one: format 1."""

    format: int
    at: datetime
    by: str  # who raised it: a person's command, or the first start of a new installation


InstallationEvent: TypeAlias = FormatRaised
