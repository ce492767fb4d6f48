"""Folds metadata only. No body is ever parsed here, so that none can hide a payment that must be
recovered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from domain.log import RecordedEvent
from projections.recovery.table import RECOVERY
from projections.streams import metadata_of
from projections.tables import Change, Put, Remove, Row, storable

PREFIX: Final = "payment-"  # the streams that a worker knows how to carry on


class Recovery:
    name: Final = "recovery"

    async def project(self, event: RecordedEvent) -> Sequence[Change]:
        if not event.stream.startswith(PREFIX):
            return ()
        metadata = metadata_of(event)
        if metadata.recover_after is None:
            return (Remove(RECOVERY, (event.stream,)),)
        row: Row = {
            "stream": event.stream,
            "revision": event.revision,
            "merchant": storable(metadata.merchant),
            "owner": None if metadata.owner is None else storable(metadata.owner),
            "waits_for": None if metadata.waits_for is None else storable(metadata.waits_for),
            "recover_after": metadata.recover_after,
            "deferred_until": None,
            "tries": 0,
        }
        return (Put(RECOVERY, row),)

    def keep(self) -> None:
        """Remembers nothing between events."""

    def forget(self) -> None:
        """Remembers nothing between events."""
