"""Tells every event of a payment as one row, with who did it and a sentence for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from domain.log import RecordedEvent
from domain.payment.events import PaymentEvent
from projections.payment_timeline.sentences import summary
from projections.payment_timeline.shown import shown_body
from projections.payment_timeline.table import PAYMENT_TIMELINE
from projections.ports import Codec, Log
from projections.streams import FOLDS_MAX, StreamFolds, metadata_of
from projections.tables import Change, Put, Row, storable
from projections.tries import Tries, follow

PREFIX: Final = "payment-"


class PaymentTimeline:
    name: Final = "payment_timeline"

    def __init__(self, *, log: Log, codec: Codec, folds_max: int = FOLDS_MAX) -> None:
        self._folds = StreamFolds(log=log, codec=codec, step=follow, folds_max=folds_max)
        self.keep = self._folds.keep
        self.forget = self._folds.forget

    async def project(self, event: RecordedEvent) -> Sequence[Change]:
        if not event.stream.startswith(PREFIX):
            return ()
        tries, fact = await self._folds.after(event)
        metadata = metadata_of(event)
        row: Row = {
            "payment": UUID(event.stream.removeprefix(PREFIX)),
            "revision": event.revision,
            "merchant": storable(metadata.merchant),
            "position": event.position,
            "type": event.type,
            "at": fact.at,
            "actor": storable(metadata.actor),
            "data": shown_body(event, version=metadata.version),
            "summary": storable(summary(fact, gateway=_gateway_of(fact, tries))),
        }
        return (Put(PAYMENT_TIMELINE, row),)


def _gateway_of(fact: PaymentEvent, tries: Tries) -> str | None:
    names = (getattr(fact, one, None) for one in ("key", "operation", "charge_key"))
    named = next((one for one in names if isinstance(one, UUID)), None)
    return None if named is None else tries.asked.get(named)
