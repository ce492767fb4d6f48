"""Reads the installation's format from the log, begins a new log at the newest, raises it."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from typing import Final

from application.fact_log import Author, FactLog
from application.installation.in_force import FormatInForce
from application.ports.event_store import PASSING, EventStore, WrongRevision
from application.ports.surroundings import Clock, Ids
from domain.installation.events import InstallationEvent
from domain.installation.formats import FIRST, NEWEST, Format
from domain.installation.installation import STREAM, format_of, raise_to_newest
from domain.log import BEFORE_FIRST, Delivery, Position, RecordedEvent

log = logging.getLogger(__name__)

FIRST_PAGE_EVENTS: Final = 1_000
FIRST_EVENTS_MAX: Final = 10_000  # a log with so many is not new, whatever they are
ROUNDS_MAX: Final = 8
PAYMENTS: Final = "payment-"


class FormatBusy(Exception):
    """Others raised the format again and again; nothing of this command was recorded."""


class InstallationFormat:
    """Everything here raises StoreFailure."""

    def __init__(
        self, store: EventStore, log: FactLog[InstallationEvent], *, clock: Clock, ids: Ids
    ) -> None:
        self._store, self._log, self._clock, self._ids = store, log, clock, ids

    async def read(self) -> int:
        """May be higher than this program knows."""
        return format_of((await self._log.read(STREAM)).events)

    async def begin(self, *, by: str) -> int:
        """The format, after a log that holds no payment was opened at the newest one."""
        facts = await self._log.read(STREAM)
        if facts.events or not await self._is_new():
            return format_of(facts.events)
        return await self.raise_to_newest(by=by)

    async def in_force(self, *, by: str) -> FormatInForce:
        """For who is about to write, once begun. While the log does not answer, the first format is
        in force, in which every process may write. Raises FormatTooHigh."""
        try:
            number = await self.begin(by=by)
        except PASSING as failure:
            log.warning("the installation's format cannot be read yet: %s", failure)
            number = FIRST
        return FormatInForce(Format(number))

    async def must_be_known(self) -> None:
        """For who only reads. Raises FormatTooHigh."""
        Format(await self.read())

    async def raise_to_newest(self, *, by: str) -> int:
        """To be called once every process runs a version that knows it: older ones end. Raises
        FormatTooHigh where it is beyond this program, FormatBusy."""
        author = Author(command=self._ids.fresh(), actor=by, merchant="")
        for _ in range(ROUNDS_MAX):
            facts = await self._log.read(STREAM)
            events = raise_to_newest(facts.events, now=self._clock.now(), by=by)
            if not events:
                return NEWEST
            try:
                await self._log.append(facts, events, author)
            except WrongRevision:
                continue
            return NEWEST
        raise FormatBusy(f"{ROUNDS_MAX} rounds")

    async def follow(self, after: Position) -> AsyncGenerator[Delivery, None]:
        """EventStore.subscribe, up to what raised the format beyond this program: whatever it may
        not be able to read stands behind that. Raises FormatTooHigh there, StoreUnavailable."""
        await self.must_be_known()
        deliveries = self._store.subscribe(after=after)
        try:
            async for delivery in deliveries:
                if isinstance(delivery, RecordedEvent) and delivery.stream == STREAM:
                    await self.must_be_known()
                yield delivery
        finally:
            close = getattr(deliveries, "aclose", None)
            if close is not None:
                await close()

    async def _is_new(self) -> bool:
        """Whether no payment is on record: nothing that an older process could have to read."""
        after, seen = BEFORE_FIRST, 0
        while page := await self._store.read_all(after=after, limit=FIRST_PAGE_EVENTS):
            seen += len(page)
            if seen > FIRST_EVENTS_MAX or any(one.stream.startswith(PAYMENTS) for one in page):
                return False
            after = page[-1].position
        return True
