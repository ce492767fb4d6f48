"""Makes what is pending final when its time has come, and says so in a notice."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from adapters.simulator.books import Books
from adapters.simulator.declines import DO_NOT_HONOR
from adapters.simulator.entries import ChargeSettled, OperationSettled
from adapters.simulator.journal import BooksUnwritable
from adapters.simulator.records import DECLINED, PENDING, Charge, Operation

RETRY_S = 1.0


def settlement(
    record: Charge | Operation, at_s: float, *, code: str | None = None
) -> ChargeSettled | OperationSettled:
    """The entry that makes a pending record final; ``code`` declines it for that reason instead."""
    status = (record.entry.settles_as or DECLINED) if code is None else DECLINED
    why = None if status != DECLINED else (code or DO_NOT_HONOR.code)
    words = None if why is None else (DO_NOT_HONOR.message if code is None else "Canceled.")
    if isinstance(record, Operation):
        return OperationSettled(
            at_s=at_s, id=record.entry.id, status=status, code=why, message=words
        )
    network = DO_NOT_HONOR.network_code if why == DO_NOT_HONOR.code else None
    return ChargeSettled(
        at_s=at_s,
        id=record.entry.id,
        status=status,
        code=why,
        network_code=network,
        message=words,
    )


class Settler:
    """The timers of one gateway's pending records; as many as there are such records."""

    def __init__(self, books: Books, tell: Callable[[Charge | Operation], None]) -> None:
        """``tell`` is called with each record that became final."""
        self._books = books
        self._tell = tell
        self._timers: dict[str, tuple[Charge | Operation, asyncio.TimerHandle]] = {}

    def start(self) -> None:
        """Takes up what the books hold as pending."""
        for record in self._books.pending():
            self.schedule(record)

    def schedule(self, record: Charge | Operation) -> None:
        """Will settle the record when it is due."""
        due_s = (record.entry.settles_at_s or 0.0) - self._books.now()
        self._arm(record, max(0.0, due_s))

    def settle(self, record: Charge | Operation, *, code: str | None = None) -> None:
        """Settles now. ``BooksUnwritable`` leaves the record pending and its timer armed."""
        if record.status == PENDING:
            self._books.settle(settlement(record, self._books.now(), code=code))
            self._tell(record)
        timer = self._timers.pop(record.entry.id, None)
        if timer is not None:
            timer[1].cancel()

    def settle_all(self) -> int:
        """Settles everything pending now; how many. What cannot be written keeps its timer."""
        settled = 0
        for record in [record for record, _ in self._timers.values()]:
            with suppress(BooksUnwritable):
                self.settle(record)
                settled += 1
        return settled

    def stop(self) -> None:
        """Drops the timers; the books know what is still pending."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()

    def _arm(self, record: Charge | Operation, delay_s: float) -> None:
        loop = asyncio.get_running_loop()
        self._timers[record.entry.id] = (record, loop.call_later(delay_s, self._due, record))

    def _due(self, record: Charge | Operation) -> None:
        try:
            self.settle(record)
        except BooksUnwritable:
            self._arm(record, RETRY_S)
