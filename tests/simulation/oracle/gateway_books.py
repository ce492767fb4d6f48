"""The gateways' books, summed up: which charges stand, what was taken, released and given back.

The books are the truth here; what is odd about them is a gap of the witnesses, kept in `gaps`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.simulation.oracle.records import Booking

STANDS = ("captured", "authorized")


@dataclass(slots=True)
class Charge:
    """One charge at one gateway. `states`: (time, state), state as a booking's result."""

    reference: str
    gateway: str
    key: str
    currency: str | None
    authorized: int = 0
    captured: int = 0
    voided: int = 0
    refunded: int = 0
    states: list[tuple[float, str]] = field(default_factory=list)

    @property
    def state(self) -> str:
        return self.states[-1][1]

    @property
    def net(self) -> int:
        """Minor units that the payer is short of."""
        return self.captured - self.refunded

    @property
    def held(self) -> int:
        return self.authorized - self.captured - self.voided

    def state_at(self, at: float) -> str | None:
        before = [state for since, state in self.states if since <= at]
        return before[-1] if before else None


@dataclass(slots=True)
class Books:
    charges: dict[tuple[str, str], Charge]  # by gateway and reference
    of_key: dict[str, list[Charge]]
    by_key: dict[str, list[Booking]]
    by_request: dict[int, list[Booking]]
    overdrawn: list[str]
    gaps: list[str]

    def done(self, key: str) -> int:
        """What an operation's key came to: amount of its `done`, 0 when there is none."""
        every = self.by_key.get(key, ())
        return sum(one.amount for one in every if one.result == "done" and one.first)


def read_books(bookings: list[Booking]) -> Books:
    books = Books({}, defaultdict(list), defaultdict(list), defaultdict(list), [], [])
    for one in bookings:
        if not one.first and not any(each.first for each in books.by_key[one.key]):
            books.gaps.append(f"{one.kind} {one.key} was answered again, but never booked")
        books.by_key[one.key].append(one)
        if one.request is not None:
            books.by_request[one.request].append(one)
        if one.first:
            _enter(books, one)
    return books


def _enter(books: Books, one: Booking) -> None:
    if one.kind == "charge" and one.result in (*STANDS, "pending", "declined"):
        _charge(books, one)
    elif one.kind == "cancel" and one.result == "declined":
        for charge in books.of_key[one.key]:
            if charge.state == "pending":
                charge.states.append((one.at, "declined"))
    elif one.result == "done":
        _operation(books, one)


def _charge(books: Books, one: Booking) -> None:
    pending = [each for each in books.of_key[one.key] if each.state == "pending"]
    reference = one.charge or (pending[-1].reference if pending else f"{one.key}-{one.at}")
    charge = books.charges.get((one.gateway, reference))
    if charge is None:
        charge = Charge(reference, one.gateway, one.key, one.currency)
        books.charges[one.gateway, reference] = charge
        books.of_key[one.key].append(charge)
    elif charge.state != "pending":
        books.gaps.append(f"charge {reference} was booked first twice")
        return
    charge.states.append((one.at, one.result))
    if one.result in STANDS:
        charge.authorized = one.amount
        charge.captured = one.amount if one.result == "captured" else 0


def _operation(books: Books, one: Booking) -> None:
    charge = books.charges.get((one.gateway, one.charge or ""))
    if charge is None:
        books.gaps.append(f"{one.kind} on charge {one.charge}, which was never booked")
        return
    if one.kind == "capture":
        charge.captured += one.amount
    elif one.kind == "refund":
        charge.refunded += one.amount
    elif one.kind in ("void", "expiry"):
        charge.voided += one.amount
    if charge.captured + charge.voided > charge.authorized:
        books.overdrawn.append(f"{charge.reference}: more captured and voided than authorized")
    if charge.refunded > charge.captured:
        books.overdrawn.append(f"{charge.reference}: more refunded than captured")
