"""The fact of a notice's stream. A recorded shape is never edited (versions.py)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeReceived:
    """What the gateway claims, not what is known. None: the notice does not say, or not legibly.

    `excerpt`: the beginning of the body, with card numbers masked.
    """

    gateway: str
    id: str  # the gateway's, as signed
    type: str | None
    key: UUID | None  # our key of the try that it speaks of
    payment: UUID | None
    status: str | None
    excerpt: str
    at: datetime


NoticeEvent: TypeAlias = NoticeReceived
