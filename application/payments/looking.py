"""Payments as their streams tell them, now or as of any moment: never stale, and never another
merchant's. Changes nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Self, TypeAlias
from uuid import UUID

from application.payments.log import Loaded, PaymentLog, UnknownPayment, known
from application.ports.event_store import StreamNotWhole
from domain.payment.evolve import fold


class NotYet(Exception):
    """The payment did not exist then, or has no such revision yet."""


# Whether the read models show this payment of this merchant (None: of any); False too where they
# do not answer.
Shown: TypeAlias = Callable[[str | None, UUID], Awaitable[bool]]


async def _nothing_is_shown(merchant: str | None, payment: UUID) -> bool:
    return False


class Looking:
    def __init__(self, log: PaymentLog, *, shown: Shown = _nothing_is_shown) -> None:
        self._log, self._shown = log, shown

    def beside(self, shown: Shown) -> Self:
        """The same, which also knows what the read models show."""
        return type(self)(self._log, shown=shown)

    async def now(self, merchant: str | None, payment: UUID) -> Loaded:
        """Raises UnknownPayment, StoreUnavailable, ImpossibleHistory, and StreamNotWhole where the
        read models know a payment of which the log has nothing left: it lost its past."""
        try:
            loaded = await self._log.load(payment)
        except UnknownPayment:
            if await self._shown(merchant, payment):
                raise StreamNotWhole(f"{payment}: shown, and nothing of it is left") from None
            raise
        if merchant not in (None, loaded.payment.facts.intent.merchant):
            raise UnknownPayment(str(payment))
        return loaded

    async def at_revision(self, merchant: str | None, payment: UUID, revision: int) -> Loaded:
        """As it was when `revision` was its newest fact. Raises NotYet, and as `now`."""
        loaded = await self.now(merchant, payment)
        if revision > loaded.revision:
            raise NotYet(f"revision {revision}")
        return _first(loaded, revision + 1)

    async def at_time(self, merchant: str | None, payment: UUID, moment: datetime) -> Loaded:
        """As it was at `moment`: all facts before the first one that came later. Raises NotYet,
        and as `now`."""
        loaded = await self.now(merchant, payment)
        later = (place for place, fact in enumerate(loaded.events) if fact.at > moment)
        count = next(later, len(loaded.events))
        if count == 0:
            raise NotYet(moment.isoformat())
        return _first(loaded, count)


def _first(loaded: Loaded, count: int) -> Loaded:
    """After its first `count` facts; position and chain stay those of the whole stream."""
    events = loaded.events[:count]
    return replace(loaded, events=events, payment=known(fold(events)))
