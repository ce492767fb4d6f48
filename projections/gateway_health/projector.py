"""Counts the first word about every charge: what a gateway said, or that it said nothing.

A later look-up or late answer settles the payment and does not change how the gateway behaved. A
try that was never sent, or whose owner died, says nothing of the gateway.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from domain.log import RecordedEvent
from domain.payment import events as e
from projections.gateway_health.tables import (
    GATEWAY_HEALTH,
    GATEWAY_MINUTES,
    KEPT_MINUTES,
    OUTCOMES,
)
from projections.ports import Codec, Log
from projections.streams import FOLDS_MAX, StreamFolds
from projections.tables import Change, Prune, Put, Row
from projections.tries import follow

PREFIX: Final = "payment-"

OUTCOME_OF: Final[dict[type, str]] = {
    e.AttemptSucceeded: "succeeded",
    e.AttemptDeclined: "declined",
    e.AttemptFailed: "failed",
    e.OutcomeUnknown: "unknown",
}


class GatewayHealth:
    name: Final = "gateway_health"

    def __init__(self, *, log: Log, codec: Codec, folds_max: int = FOLDS_MAX) -> None:
        self._folds = StreamFolds(log=log, codec=codec, step=follow, folds_max=folds_max)
        self._pruned: datetime | None = None
        self._pruned_staged: datetime | None = None

    async def project(self, event: RecordedEvent) -> Sequence[Change]:
        if not event.stream.startswith(PREFIX):
            return ()
        tries, fact = await self._folds.after(event)
        outcome = OUTCOME_OF.get(type(fact))
        if tries.first_word is None or outcome is None:
            return ()
        # The store's clock: it is one, and buckets must not go back and forth with many.
        minute = event.recorded_at.replace(second=0, microsecond=0)
        counts = {name: int(name == outcome) for name in OUTCOMES}
        of: Row = {"gateway": tries.first_word, "method": tries.method, **counts}
        return (
            Put(GATEWAY_HEALTH, {**of, "last_outcome_at": event.recorded_at}),
            Put(GATEWAY_MINUTES, {**of, "minute": minute}),
            *self._prune(minute),
        )

    def keep(self) -> None:
        self._folds.keep()
        self._pruned = self._pruned_staged

    def forget(self) -> None:
        self._folds.forget()
        self._pruned_staged = self._pruned

    def _prune(self, minute: datetime) -> Sequence[Change]:
        if self._pruned_staged is not None and minute <= self._pruned_staged:
            return ()
        self._pruned_staged = minute
        return (Prune(GATEWAY_MINUTES, "minute", minute - timedelta(minutes=KEPT_MINUTES)),)
