"""Payments as their streams tell them, now or as of any moment: never stale, and never another
merchant's. Changes nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from application.payments.log import Loaded, PaymentLog, UnknownPayment, known
from domain.payment.evolve import fold


class NotYet(Exception):
    """The payment did not exist then, or has no such revision yet."""


class Looking:
    def __init__(self, log: PaymentLog) -> None:
        self._log = log

    async def now(self, merchant: str, payment: UUID) -> Loaded:
        """Raises UnknownPayment, StoreUnavailable, ImpossibleHistory."""
        loaded = await self._log.load(payment)
        if loaded.payment.facts.intent.merchant != merchant:
            raise UnknownPayment(str(payment))
        return loaded

    async def at_revision(self, merchant: str, payment: UUID, revision: int) -> Loaded:
        """As it was when `revision` was its newest fact. Raises NotYet, and as `now`."""
        loaded = await self.now(merchant, payment)
        if revision > loaded.revision:
            raise NotYet(f"revision {revision}")
        return _first(loaded, revision + 1)

    async def at_time(self, merchant: str, payment: UUID, moment: datetime) -> Loaded:
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
