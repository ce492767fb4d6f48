"""A worker tells that it gets on, where all others can read it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from adapters.cancellation import heed_cancellation
from projections.failures import Interrupted

TELL_EVERY_S: Final = 2.0
AWAY_S: Final = 10.0  # who has not told anything for so long does not get on
LAST_WORD_S_MAX: Final = 1.0
KEPT_S: Final = 900.0  # so long it is remembered: then it is gone, not frozen

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSeen:
    """`silent_s`: since it last got on, by the clock of whoever keeps the rows."""

    owner: str
    silent_s: float

    @property
    def gets_on(self) -> bool:
        return self.silent_s <= AWAY_S


class Workers(Protocol):
    """All methods raise ReadModelsUnavailable."""

    async def got_on(self, owner: str) -> None:
        """Also forgets those that told nothing for KEPT_S."""
        ...

    async def ended(self, owner: str) -> None: ...

    async def seen(self) -> Sequence[WorkerSeen]: ...


async def keep_telling(
    workers: Workers,
    owner: str,
    standing_still: Callable[[], Collection[str]],
    *,
    every_s: float = TELL_EVERY_S,
) -> None:
    """Until it is cancelled; then it says that it has ended. While any duty stands still it tells
    nothing, and says once in the log which."""
    told: Collection[str] = ()
    try:
        while True:
            still = standing_still()
            if still and not told:
                _log.error("this worker stands still: %s", ", ".join(sorted(still)))
            elif told and not still:
                _log.info("this worker gets on again")
            told = still
            if not still:
                with suppress(Interrupted):  # who asks for it cannot read it either
                    await workers.got_on(owner)
            heed_cancellation()
            await asyncio.sleep(every_s)
    finally:
        with suppress(Interrupted, TimeoutError):
            async with asyncio.timeout(LAST_WORD_S_MAX):
                await workers.ended(owner)
