"""One gateway's books: every entry is in the file before it counts, and holds the money bounds.

Knows nothing of HTTP, chance or waiting. The clock comes in through the constructor.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from adapters.simulator.entries import (
    ENTRY_DECODER,
    ChargeBooked,
    ChargeSettled,
    Entry,
    KeyCanceled,
    OperationBooked,
    OperationSettled,
)
from adapters.simulator.journal import Journal
from adapters.simulator.records import DECLINED, PENDING, Charge, Operation

RECORDS_MAX = 1_000_000  # about 1.2 kB of memory each


class BooksFull(Exception):
    """No further record is taken; what is open can still settle."""


class KeyIsCanceled(Exception):
    """The key was canceled and can never be charged."""


class OverBound(Exception):
    """The operation would move more than is left."""


class Books:
    """The books of one gateway, kept in ``path``; only one process may hold them."""

    def __init__(self, path: Path, *, now: Callable[[], float], key_lifetime_s: float) -> None:
        """Reads ``path`` again from its start. ``msgspec.ValidationError`` for a foreign line."""
        self._journal = Journal(path)
        self._encode = msgspec.json.Encoder().encode
        self.now = now
        self._key_lifetime_s = key_lifetime_s
        self._charges: dict[str, Charge] = {}
        self._operations: dict[str, Operation] = {}
        self._charge_by_key: dict[str, Charge] = {}
        self._operation_by_key: dict[str, Operation] = {}
        self._by_payment: dict[str, list[Charge]] = {}
        self._canceled: set[str] = set()
        for line in self._journal.lines():
            self._apply(ENTRY_DECODER.decode(line))

    def close(self) -> None:
        """Gives the file free."""
        self._journal.close()

    # ------------------------------------------------------------------ reading
    def charge(self, charge_id: str) -> Charge | None:
        """The charge of this id."""
        return self._charges.get(charge_id)

    def newest_charge(self, key: str) -> Charge | None:
        """The last charge booked under the key, remembered or not."""
        return self._charge_by_key.get(key)

    def newest_operation(self, key: str) -> Operation | None:
        """The last operation booked under the key, remembered or not."""
        return self._operation_by_key.get(key)

    def remembers(self, record: Charge | Operation) -> bool:
        """Whether a repeat of the record's key still gets the record."""
        return self.now() - record.entry.at_s < self._key_lifetime_s

    def is_canceled(self, key: str) -> bool:
        """Whether the key can never be charged."""
        return key in self._canceled

    def charges_of(self, payment_id: str) -> list[Charge]:
        """All charges of one payment, oldest first."""
        return list(self._by_payment.get(payment_id, ()))

    def charges(self) -> Iterator[Charge]:
        """All charges, oldest first."""
        return iter(self._charges.values())

    def pending(self) -> list[Charge | Operation]:
        """What is not final yet; scans the books."""
        records: list[Charge | Operation] = [*self._charges.values(), *self._operations.values()]
        return [record for record in records if record.status == PENDING]

    # ------------------------------------------------------------------ writing
    def next_id(self, prefix: str, gateway: str) -> str:
        """An id that this gateway's books have not used yet."""
        count = len(self._charges) + len(self._operations) + 1
        return f"{prefix}_{gateway}_{count:08d}"

    def book_charge(self, entry: ChargeBooked) -> Charge:
        """Books a charge. Raises ``KeyIsCanceled``, ``BooksFull`` or ``BooksUnwritable``."""
        if entry.key in self._canceled:
            raise KeyIsCanceled(entry.key)
        self._refuse_when_full()
        self._record(entry)
        return self._charges[entry.id]

    def book_operation(self, entry: OperationBooked) -> Operation:
        """Books an operation within its bound. Raises ``OverBound`` or as ``book_charge``."""
        room = self._charges[entry.charge_id].room(entry.kind)
        if entry.status != DECLINED and entry.amount > room:
            raise OverBound(f"{entry.amount} asked, {room} left")
        self._refuse_when_full()
        self._record(entry)
        return self._operations[entry.id]

    def settle(self, entry: ChargeSettled | OperationSettled) -> None:
        """Makes a pending record final. ``BooksUnwritable`` leaves it pending."""
        self._record(entry)

    def cancel_key(self, key: str) -> None:
        """Makes the key unchargeable for good; once more changes nothing."""
        if key not in self._canceled:
            self._refuse_when_full()
            self._record(KeyCanceled(at_s=self.now(), key=key))

    def _refuse_when_full(self) -> None:
        if len(self._charges) + len(self._operations) + len(self._canceled) >= RECORDS_MAX:
            raise BooksFull(f"the books hold {RECORDS_MAX} records")

    def _record(self, entry: Entry) -> None:
        self._journal.append(self._encode(entry))
        self._apply(entry)

    def _apply(self, entry: Entry) -> None:
        match entry:
            case ChargeBooked():
                charge = Charge.booked(entry)
                self._charges[entry.id] = self._charge_by_key[entry.key] = charge
                self._by_payment.setdefault(entry.payment_id, []).append(charge)
            case OperationBooked():
                operation = Operation.booked(entry, self._charges[entry.charge_id])
                self._operations[entry.id] = self._operation_by_key[entry.key] = operation
            case ChargeSettled():
                self._charges[entry.id].settle(entry)
            case OperationSettled():
                self._operations[entry.id].settle(entry)
            case KeyCanceled():
                self._canceled.add(entry.key)
