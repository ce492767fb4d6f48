"""What the gateways' own books say about a load: nothing lost, nothing doubled, all told truly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from adapters.simulator.audit import Audit, PaymentAudit, audit
from tests.crash.load import Load
from tests.crash.shopper import Begun

ACKNOWLEDGED = frozenset({200, 201, 202, 402})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Counts, and every fault in words. `lost`: acknowledged payments that nobody knows any more
    or whose money is not where the books have it."""

    payments: int
    acknowledged: int
    lost: list[str]
    doubled: list[str]
    unsettled: list[str]
    broken: list[str]

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.unsettled, *self.broken]


def judge_by_books(load: Load, books: Path) -> Judged:
    """To be called after `load.finish()`."""
    found = audit(books)
    acknowledged = _acknowledged(load)
    known = {str(UUID(one.removeprefix("pay_"))) for one in load.seen}
    lost = [told for one in load.seen.values() for told in _untrue(one, found, acknowledged)]
    lost += [
        f"{one} is in the books and nobody asked for it" for one in set(found.payments) - known
    ]
    return Judged(
        payments=len(load.seen),
        acknowledged=len(acknowledged),
        lost=lost,
        doubled=[f"{one} was charged twice" for one in found.double_charges],
        unsettled=[f"{one.payment} is not settled: {one.view}" for one in load.unsettled],
        broken=load.client.broken,
    )


def _acknowledged(load: Load) -> set[str]:
    """Payments that an answer to a create named, in a way that promises that they exist."""
    calls = {
        fact["call"]: fact["key"]
        for fact in load.diary.facts
        if fact["fact"] == "asked" and fact["verb"] == "create"
    }
    keys = {
        calls[fact["call"]]
        for fact in load.diary.facts
        if fact["fact"] == "answered" and fact["call"] in calls and fact["status"] in ACKNOWLEDGED
    }
    return {one.payment for one in load.seen.values() if one.key in keys}


def _untrue(begun: Begun, found: Audit, acknowledged: set[str]) -> Iterator[str]:
    booked = found.payments.get(str(UUID(begun.payment.removeprefix("pay_"))))
    view = begun.view
    if not view:
        if begun.payment in acknowledged:
            yield f"{begun.payment} was acknowledged and is gone"
        if booked is not None:
            yield f"{begun.payment} is in the books and not in the log"
        return
    kept = view["amount_captured"] - view["amount_refunded"]
    if kept != _net(booked):
        yield f"{begun.payment} says {kept}, the books say {_net(booked)}"
    held = 0 if booked is None else sum(booked.held.values())
    if view["status"] in ("failed", "canceled", "expired") and held:
        yield f"{begun.payment} is {view['status']} and the books still hold {held}"


def _net(booked: PaymentAudit | None) -> int:
    return 0 if booked is None else sum(booked.net.values())
