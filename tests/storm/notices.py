"""Notices of what the books hold, told again and out of turn, to whichever API: hints that may
hasten, and never hurt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from random import Random
from typing import Any, Final

import aiohttp

from application.notices.signature import SigningSecret
from tests.end_to_end.installation import NOTICE_SECRET
from tests.gateways.hostile.books import Books, Entry
from tests.gateways.hostile.notices import signed
from tests.gateways.hostile.server import notice_of

EVERY_S: Final = 0.5
ANSWERED_S_MAX: Final = 15.0
NEWEST: Final = 200  # entries of which one is drawn


class Herald:
    """`told`: how many notices were answered, by status."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        urls: Sequence[str],
        books: Callable[[], Books],
        dice: Random,
    ) -> None:
        self._session, self._urls, self._books, self._dice = session, urls, books, dice
        self._key = SigningSecret.read(NOTICE_SECRET).key
        self.told: dict[int, int] = {}

    async def tell(self) -> None:
        """Until it is cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            books = self._books()
            settled = [one for one in list(books.entries.values())[-NEWEST:] if _is_final(one)]
            if settled:
                with suppress(aiohttp.ClientError, OSError, TimeoutError):
                    await self._post(notice_of(self._dice.choice(settled), books))

    async def _post(self, notice: dict[str, Any]) -> None:
        headers, body = signed(self._key, notice, int(time.time()))
        url = f"{self._dice.choice(self._urls)}/v1/webhooks/{notice['gateway']}"
        timeout = aiohttp.ClientTimeout(total=ANSWERED_S_MAX)
        async with self._session.post(url, data=body, headers=headers, timeout=timeout) as answer:
            await answer.read()
            self.told[answer.status] = self.told.get(answer.status, 0) + 1


def _is_final(entry: Entry) -> bool:
    return entry.status != "pending"
