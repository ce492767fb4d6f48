"""A stream that waits for somebody to carry it on, as the recovery work list knows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.log import Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class DueStream:
    """`tries`: how often it was deferred at this `revision`; a new event starts at 0 again.
    `waits_for`: the gateway that has to be heard, None where none has, or none was written down."""

    stream: str
    revision: Revision
    merchant: str
    owner: str | None
    recover_after: datetime
    tries: int
    waits_for: str | None = None
