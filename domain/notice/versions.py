"""The facts of notices by name, their newest schema versions, and the upcasters to these."""

from __future__ import annotations

from typing import Final

from domain.event_types import EventTypes
from domain.notice.events import NoticeReceived

NOTICE_EVENTS: Final = EventTypes(
    types={NoticeReceived.__name__: NoticeReceived}, newest={}, upcasters={}
)
