"""Works off the list of payments that are due. A lock saves double work; it proves nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from application.payments.desk import Desk
from application.payments.log import UnknownPayment
from application.ports.event_store import PASSING, StreamNotWhole
from application.ports.hot_state import HotStateUnavailable, Lock
from application.ports.work_list import WorkList
from application.recovery.carry_on import CarryOn
from domain.due import DueStream
from domain.payment.bookkeeping import ImpossibleHistory

log = logging.getLogger(__name__)

LOCK_TTL_S: Final = 15.0  # for so long nobody takes up what a dead worker had in hand
LOCKED_PAUSE: Final = timedelta(seconds=3)
STREAM_PREFIX: Final = "payment-"
TRIES_COUNTED_MAX: Final = 16
# The work list names it: a payment of which the log has nothing, or not all, lost its past.
DAMAGED: Final = (StreamNotWhole, ImpossibleHistory, UnknownPayment)
DAMAGED_TOLD_MAX: Final = 10_000


class RecoveryWorker:
    def __init__(
        self,
        desk: Desk,
        work: WorkList,
        carrying: CarryOn,
        owner_is_dead: Callable[[str], bool],
    ) -> None:
        self._desk = desk
        self._work = work
        self._carrying = carrying
        self._owner_is_dead = owner_is_dead
        self._damaged: set[str] = set()  # was told of
        self._list_fails = False  # was told of

    async def due(self, limit: int, *, share: int | None = None) -> list[DueStream]:
        """What may be taken up now: what is due, and what a dead process left behind, at most
        `share` of each of those that wait for one gateway."""
        now, rules = self._desk.clock.now(), self._desk.rules
        due = await self._work.due(now, limit, share=share)
        ahead = rules.send_within + rules.taken_over_after
        soon = await self._work.due(now, limit, ahead=ahead, share=share)
        known = {one.stream for one in due}
        orphans = [
            one
            for one in soon
            if one.stream not in known and one.owner and self._owner_is_dead(one.owner)
        ]
        return (due + orphans)[:limit]

    async def take_up(self, due: DueStream) -> bool:
        """One payment, once. True when something new is on record. Whatever goes wrong is logged
        and the stream put off: no payment holds up the others."""
        lock = await self._lock(due.stream)
        if lock is False:  # in somebody's hand: others are not to stand behind it in the list
            await self._defer(due, LOCKED_PAUSE, due.tries)
            return False
        try:
            return await self._take_up(due)
        except PASSING as failure:  # no reason to look at it ever more rarely
            log.debug("recovery of %s, again soon: %s", due.stream, failure)
            await self._defer(due, self._desk.rules.verify_first, due.tries)
            return False
        except DAMAGED as damage:  # nothing may be done for it: a person has to look
            if due.stream not in self._damaged:
                self._note_damaged(due.stream)
                log.critical("ALARM: recovery leaves %s to a person: %s", due.stream, damage)
            await self._defer(due, self._desk.rules.verify_most, due.tries)
            return False
        except Exception:
            log.exception("recovery of %s failed; put off", due.stream)
            await self._put_off(due, self._desk.rules.verify_first, None)
            return False
        finally:
            if isinstance(lock, Lock):
                await self._unlock(lock)

    def _note_damaged(self, stream: str) -> None:
        if len(self._damaged) >= DAMAGED_TOLD_MAX:
            self._damaged.clear()
        self._damaged.add(stream)

    async def _take_up(self, due: DueStream) -> bool:
        carried = await self._carrying.carry_on(UUID(due.stream.removeprefix(STREAM_PREFIX)))
        early = due.recover_after - self._desk.clock.now()
        if not carried.progressed and early > timedelta():  # a dead owner's, but nothing to do yet
            await self._defer(due, early, due.tries)
        elif not carried.progressed:
            await self._put_off(due, carried.pause, carried.not_before)
        return carried.progressed

    async def _put_off(self, due: DueStream, least: timedelta, not_before: datetime | None) -> None:
        """Ever longer, from 5 s to 1 h, and a day where a person was asked; the list forgets it as
        soon as the stream moves on, so the stream itself says what the `least` is."""
        rules = self._desk.rules
        pause: timedelta = rules.verify_first * float(2 ** min(due.tries, TRIES_COUNTED_MAX))
        pause = max(min(pause, rules.verify_most), least)
        if not_before is not None:
            pause = min(pause, max(not_before - self._desk.clock.now(), rules.verify_first))
        await self._defer(due, pause, due.tries + 1)

    async def _defer(self, due: DueStream, pause: timedelta, tries: int) -> None:
        until = self._desk.clock.now() + pause
        try:
            await self._work.defer(due.stream, due.revision, until, tries)
        except Exception as failure:  # it is due again at once, as soon as the list can be read
            if not self._list_fails:
                log.warning("nothing can be put off, first %s: %r", due.stream, failure)
            self._list_fails = True
        else:
            self._list_fails = False

    async def _lock(self, stream: str) -> Lock | bool:
        """A lock, False when somebody else works on it, True to go on without one."""
        try:
            return await self._desk.hot.lock(f"recover:{stream}", ttl_s=LOCK_TTL_S) or False
        except HotStateUnavailable:
            return True

    async def _unlock(self, lock: Lock) -> None:
        try:
            await self._desk.hot.unlock(lock)
        except HotStateUnavailable:
            return  # it runs out by itself
