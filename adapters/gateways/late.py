"""Answers that come after their caller stopped waiting: read in the background, bounded, never lost
without a word in the log.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final
from uuid import UUID

from application.ports.gateways import (
    GatewaySilent,
    GatewayUnreachable,
    LateAnswer,
    TooLateToSend,
)
from domain.gateway.answers import Answer

GIVE_UP_S: Final = 1.0  # for what is left after closing
_log = logging.getLogger(__name__)


def discard(exchange: asyncio.Task[Answer]) -> None:
    """Ends it, if it has not ended, and does not care how."""
    exchange.cancel()
    exchange.add_done_callback(lambda ended: ended.cancelled() or ended.exception())


class LateAnswers:
    """At most `readers_max` at a time: beyond that, the one that waited longest is given up."""

    def __init__(self, gateway: str, *, readers_max: int) -> None:
        self._gateway = gateway
        self._readers_max = readers_max
        self._readers: dict[asyncio.Task[None], asyncio.Task[Answer]] = {}

    def __len__(self) -> int:
        """How many are being read or handed over now."""
        return len(self._readers)

    def follow(
        self, exchange: asyncio.Task[Answer], *, key: UUID, left_s: float, late: LateAnswer
    ) -> None:
        """Gives the answer of `exchange` to `late` if it comes within `left_s`."""
        if len(self._readers) >= self._readers_max:
            self._give_up_oldest()
        reader = asyncio.create_task(self._read(exchange, key, left_s, late))
        self._readers[reader] = exchange
        reader.add_done_callback(self._readers.pop)

    async def aclose(self, *, within_s: float) -> None:
        """Waits so long for what is being read, then gives it up."""
        if self._readers:
            await asyncio.wait(set(self._readers), timeout=within_s)
        for exchange in self._readers.values():
            exchange.cancel()
        if self._readers:
            await asyncio.wait(set(self._readers), timeout=GIVE_UP_S)
        left = set(self._readers)
        for reader in left:
            reader.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def _give_up_oldest(self) -> None:
        for exchange in self._readers.values():
            if not exchange.done():
                exchange.cancel()
                return

    async def _read(
        self, exchange: asyncio.Task[Answer], key: UUID, left_s: float, late: LateAnswer
    ) -> None:
        try:
            await asyncio.wait({exchange}, timeout=left_s)
            if not exchange.done():
                _log.info("%s: no late answer for key %s", self._gateway, key)
                return
            await self._hand_over(exchange, key, late)
        except asyncio.CancelledError:
            _log.warning("%s: the late answer for key %s was given up", self._gateway, key)
            raise
        finally:
            discard(exchange)

    async def _hand_over(self, exchange: asyncio.Task[Answer], key: UUID, late: LateAnswer) -> None:
        if exchange.cancelled():
            _log.warning("%s: the late answer for key %s was given up", self._gateway, key)
            return
        try:
            answer = exchange.result()
        except (GatewaySilent, GatewayUnreachable, TooLateToSend) as failure:
            _log.info("no late answer for key %s: %s", key, failure)
            return
        try:
            await late(answer)
        except Exception:
            what = type(answer).__name__
            _log.exception("%s: late %s for key %s was not taken", self._gateway, what, key)
