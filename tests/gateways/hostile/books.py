"""What really happened: charges, what was done to them, blocked keys. Append-only, a line of JSON
each, written before anything is answered. Decides as an honest gateway would.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TextIO

STANDS: Final = ("captured", "authorized")
SUM: Final = {"capture": "captured", "void": "voided", "refund": "refunded"}


@dataclass(slots=True)
class Charge:
    """`status`: what the charge itself came to; the sums say what became of it since."""

    gateway: str
    id: str
    key: str
    payment: str
    amount: int
    currency: str
    capture: bool
    status: str = "pending"
    code: str | None = None
    captured: int = 0
    voided: int = 0
    refunded: int = 0

    @property
    def kind(self) -> str:
        return "charge"

    @property
    def held(self) -> int:
        return self.amount - self.captured - self.voided if self.status in STANDS else 0

    @property
    def net(self) -> int:
        """Minor units that the payer is short of."""
        return self.captured - self.refunded

    def shown(self) -> dict[str, Any]:
        """As the protocol shows it."""
        return {
            "id": self.id,
            "key": self.key,
            "status": self.status,
            "amount": self.amount,
            "currency": self.currency,
            "code": self.code,
            "network_code": "05" if self.code else None,
            "message": None,
            "payment_id": self.payment,
            "captured": self.captured,
            "voided": self.voided,
            "refunded": self.refunded,
        }


@dataclass(slots=True)
class Operation:
    gateway: str
    id: str
    key: str
    kind: str
    charge: str
    amount: int
    currency: str
    status: str = "pending"
    code: str | None = None

    def shown(self) -> dict[str, Any]:
        """As the protocol shows it."""
        return {
            "id": self.id,
            "key": self.key,
            "charge_id": self.charge,
            "type": self.kind,
            "status": self.status,
            "amount": self.amount,
            "currency": self.currency,
            "code": self.code,
            "message": None,
        }


Entry = Charge | Operation


class Refused(Exception):
    """A bound or a state of the books is against it. The text is the protocol's code."""


class Books:
    """`now`: seconds, for people who read the file. Goes on where a file ends; without a `path`
    nothing is written."""

    def __init__(self, path: Path | None, now: Callable[[], float]) -> None:
        self._now = now
        self._count = 0
        self._file: TextIO | None = None
        self.charges: dict[tuple[str, str], Charge] = {}  # by gateway and id
        self.entries: dict[tuple[str, str], Entry] = {}  # charges too
        self._by_key: dict[tuple[str, str], Entry] = {}
        self._blocked: set[tuple[str, str]] = set()
        if path is not None:
            for line in read_lines(path) if path.exists() else ():
                self.enter(line)
            self._file = path.open("a", buffering=1)

    def note(self, what: str, **facts: Any) -> None:
        """One more line, on disk as far as this process can see to it."""
        if self._file is not None:
            self._count += 1
            line = {"n": self._count, "at": round(self._now(), 3), "what": what, **facts}
            self._file.write(json.dumps(line) + "\n")

    def entry(self, gateway: str, key: str) -> Entry | None:
        return self._by_key.get((gateway, key))

    def is_blocked(self, gateway: str, key: str) -> bool:
        return (gateway, key) in self._blocked

    def charge_of(self, entry: Entry) -> Charge:
        return entry if isinstance(entry, Charge) else self.charges[entry.gateway, entry.charge]

    def open_charge(
        self, gateway: str, body: dict[str, Any], *, amount: int | None = None, again: bool = False
    ) -> Charge:
        """Pending, to be settled. `again`: the key has a charge already. Raises Refused."""
        if self.is_blocked(gateway, body["key"]):
            raise Refused("key_canceled")
        charge = Charge(
            gateway=gateway,
            id=f"ch_{gateway}_{len(self.entries) + 1}",
            key=body["key"],
            payment=body["payment_id"],
            amount=body["amount"] if amount is None else amount,
            currency=body["currency"],
            capture=body.get("capture", True),
        )
        self._open(charge, is_first=not again)
        self.note("charge", **asdict(charge))
        return charge

    def open_operation(
        self, gateway: str, kind: str, charge_id: str, body: dict[str, Any], *, part: bool = False
    ) -> Operation:
        """Pending, to be settled; counts from here on. Raises Refused."""
        charge = self.charges.get((gateway, charge_id))
        if charge is None:
            raise Refused("no_such_charge")
        if charge.status not in STANDS:
            raise Refused(f"charge_{charge.status}")
        amount = body["amount"] // 2 if part else body["amount"]
        if amount > (charge.net if kind == "refund" else charge.held):
            raise Refused("amount_too_large")
        operation = Operation(
            gateway=gateway,
            id=f"{kind}_{gateway}_{len(self.entries) + 1}",
            key=body["key"],
            kind=kind,
            charge=charge_id,
            amount=amount,
            currency=charge.currency,
        )
        self._open(operation)
        self.note(kind, **asdict(operation))
        return operation

    def settle(self, entry: Entry, *, done: bool, code: str = "do_not_honor") -> None:
        """Makes a pending one final."""
        if entry.status != "pending":
            return
        entry.code = None if done else code
        if isinstance(entry, Charge):
            stands = "captured" if entry.capture else "authorized"
            entry.status = stands if done else "declined"
            entry.captured = entry.amount if entry.status == "captured" else 0
        else:
            entry.status = "succeeded" if done else "declined"
            if not done:
                self._add(self.charge_of(entry), entry.kind, -entry.amount)
        told = {"gateway": entry.gateway, "id": entry.id, "status": entry.status}
        self.note("settled", **told, code=entry.code)

    def move(self, charge: Charge, kind: str) -> None:
        """All that is left, by the gateway's own dashboard or clock, under nobody's key."""
        amount = charge.net if kind == "refund" else charge.held
        self._add(charge, kind, amount)
        self.note("moved", gateway=charge.gateway, id=charge.id, kind=kind, amount=amount)

    def cancel(self, gateway: str, key: str) -> Entry | None:
        """None: the key is blocked for ever. Else what stands under it, a pending one declined."""
        entry = self.entry(gateway, key)
        if entry is None:
            self._blocked.add((gateway, key))
            self.note("blocked", gateway=gateway, key=key)
        elif isinstance(entry, Charge):
            self.settle(entry, done=False, code="canceled")
        return entry

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _open(self, entry: Entry, *, is_first: bool = True) -> None:
        self.entries[entry.gateway, entry.id] = entry
        if is_first:
            self._by_key[entry.gateway, entry.key] = entry
        if isinstance(entry, Charge):
            self.charges[entry.gateway, entry.id] = entry
        else:
            self._add(self.charge_of(entry), entry.kind, entry.amount)

    def enter(self, line: dict[str, Any]) -> None:
        """A line that was written before, perhaps by another process."""
        self._count, what = line["n"], line["what"]
        if what == "charge":
            charge = Charge(**{name: line[name] for name in Charge.__dataclass_fields__})
            self._open(charge, is_first=self.entry(charge.gateway, charge.key) is None)
        elif what in SUM:
            self._open(Operation(**{name: line[name] for name in Operation.__dataclass_fields__}))
        elif what == "settled":
            entry = self.entries[line["gateway"], line["id"]]
            self.settle(entry, done=line["status"] != "declined", code=line["code"] or "")
        elif what == "moved":
            self._add(self.charges[line["gateway"], line["id"]], line["kind"], line["amount"])
        elif what == "blocked":
            self._blocked.add((line["gateway"], line["key"]))

    @staticmethod
    def _add(charge: Charge, kind: str, amount: int) -> None:
        setattr(charge, SUM[kind], getattr(charge, SUM[kind]) + amount)


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The books of a running or ended gateway; a line torn by a kill is left out."""
    for line in path.read_text().splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def read_books(path: Path) -> Books:
    """As they stand, for whoever judges by them. Writes nothing."""
    books = Books(None, lambda: 0.0)
    for line in read_lines(path):
        books.enter(line)
    return books
