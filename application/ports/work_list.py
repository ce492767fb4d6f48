"""The payments that somebody should carry on, by when. A fold of metadata: no body poisons it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Protocol

from domain.due import DueStream

AT_ONCE: Final = timedelta()


class WorkList(Protocol):
    async def due(
        self,
        now: datetime,
        limit: int,
        *,
        ahead: timedelta = AT_ONCE,
        share: int | None = None,
    ) -> list[DueStream]:
        """Streams whose time has come, or comes within `ahead`, and that nobody has put off beyond
        now, oldest first; at most `share` of those that wait for one gateway, and of those that
        wait for none: what hangs at one is not to stand before what can be settled at another."""
        ...

    async def defer(self, stream: str, revision: int, until: datetime, tries: int) -> bool:
        """Puts a stream off; False, and nothing changed, when it moved on since `revision`."""
        ...
