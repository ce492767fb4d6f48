"""Folds payments with the domain's own `evolve`, so that a row is what the domain says it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.log import Position, RecordedEvent
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.events import PaymentEvent
from domain.payment.evolve import evolve
from domain.payment.state import Known, New
from projections.payment_status.table import PAYMENT_STATUS, payment_row
from projections.ports import Codec, Log
from projections.streams import FOLDS_MAX, StreamFolds
from projections.tables import Change, Put

PREFIX: Final = "payment-"


@dataclass(frozen=True, slots=True)
class Folded:
    payment: Known
    created: Position


class PaymentStatus:
    name: Final = "payment_status"

    def __init__(self, *, log: Log, codec: Codec, folds_max: int = FOLDS_MAX) -> None:
        self._folds = StreamFolds(log=log, codec=codec, step=_step, folds_max=folds_max)
        self.keep = self._folds.keep
        self.forget = self._folds.forget

    async def project(self, event: RecordedEvent) -> Sequence[Change]:
        if not event.stream.startswith(PREFIX):
            return ()
        state, fact = await self._folds.after(event)
        row = payment_row(state.payment, fact, event, created=state.created)
        return (Put(PAYMENT_STATUS, row),)


def _step(before: Folded | None, fact: PaymentEvent, event: RecordedEvent) -> Folded:
    payment = evolve(New() if before is None else before.payment, fact)
    if isinstance(payment, New):
        raise ImpossibleHistory(f"{event.stream} holds no payment after {event.type}")
    return Folded(payment, event.position if before is None else before.created)
