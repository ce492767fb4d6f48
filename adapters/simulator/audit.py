"""What the gateways' books say about each payment: net captures and double charges.

Reads the files alone, with a fold of its own: a fault in the simulator's memory cannot hide here.
Command: ``python -m adapters.simulator.audit DIR [--json] [--payment ID]``.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

SUFFIX = ".jsonl"
SHOWN_MAX = 20


class BooksUnreadable(Exception):
    """A line in the midst of the books, or the folder, cannot be read; the message says where."""


class ChargeAudit(msgspec.Struct):
    """One charge and what became of it, in minor units."""

    gateway: str
    id: str
    key: str
    payment_id: str
    currency: str
    status: str
    authorized: int = 0
    captured: int = 0
    voided: int = 0
    refunded: int = 0

    @property
    def net(self) -> int:
        """Money that stays captured."""
        return self.captured - self.refunded

    @property
    def held(self) -> int:
        """Money that is still authorized and neither captured nor voided."""
        return self.authorized - self.captured - self.voided

    @property
    def stands(self) -> bool:
        """Whether it still costs the payer something: not declined, voided or fully refunded."""
        return self.net > 0 or self.held > 0


class PaymentAudit(msgspec.Struct):
    """All charges of one payment over all gateways; ``net`` and ``held`` by currency."""

    payment_id: str
    charges: list[ChargeAudit]
    net: dict[str, int]
    held: dict[str, int]
    pending: int
    double: bool


class Totals(msgspec.Struct):
    """Sums over all books; ``net`` and ``held`` by currency, in minor units."""

    charges: int
    approved: int
    declined: int
    pending: int
    net: dict[str, int]
    held: dict[str, int]
    torn_lines: int


class Audit(msgspec.Struct):
    """The whole report."""

    payments: dict[str, PaymentAudit]
    double_charges: list[str]
    totals: Totals


def audit(folder: Path) -> Audit:
    """The report of the books in ``folder``, whether or not a simulator has them open.

    A torn last line is left out and counted. Raises ``BooksUnreadable``.
    """
    files = sorted(folder.glob(f"*{SUFFIX}"))
    if not files:
        raise BooksUnreadable(f"{folder} holds no books (*{SUFFIX})")
    charges: list[ChargeAudit] = []
    torn = 0
    for file in files:
        entries = list(_entries(file))
        torn += entries.count(None)
        charges += _fold(file, [entry for entry in entries if entry is not None])
    return report(charges, torn_lines=torn)


def report(charges: Sequence[ChargeAudit], *, torn_lines: int = 0) -> Audit:
    """The report on charges already folded; pure."""
    by_payment: dict[str, list[ChargeAudit]] = defaultdict(list)
    for charge in charges:
        by_payment[charge.payment_id].append(charge)
    payments = {name: _payment(name, own) for name, own in by_payment.items()}
    statuses = [charge.status for charge in charges]
    return Audit(
        payments=payments,
        double_charges=sorted(name for name, payment in payments.items() if payment.double),
        totals=Totals(
            charges=len(charges),
            approved=sum(status in ("captured", "authorized") for status in statuses),
            declined=statuses.count("declined"),
            pending=statuses.count("pending"),
            net=_sums(charges, "net"),
            held=_sums(charges, "held"),
            torn_lines=torn_lines,
        ),
    )


def _payment(name: str, charges: list[ChargeAudit]) -> PaymentAudit:
    return PaymentAudit(
        payment_id=name,
        charges=charges,
        net=_sums(charges, "net"),
        held=_sums(charges, "held"),
        pending=sum(charge.status == "pending" for charge in charges),
        double=sum(charge.stands for charge in charges) > 1,
    )


def _sums(charges: Sequence[ChargeAudit], what: str) -> dict[str, int]:
    sums: dict[str, int] = defaultdict(int)
    for charge in charges:
        sums[charge.currency] += getattr(charge, what)
    return {currency: amount for currency, amount in sums.items() if amount}


def _entries(file: Path) -> Iterator[Mapping[str, Any] | None]:
    """Each entry of one file; None for a torn last line."""
    *whole, rest = file.read_bytes().split(b"\n")
    for number, line in enumerate(whole, start=1):
        try:
            yield msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.DecodeError as failure:
            raise BooksUnreadable(f"{file}, line {number}: {failure}") from failure
    if rest:
        yield None


def _fold(file: Path, entries: Sequence[Mapping[str, Any]]) -> list[ChargeAudit]:
    charges: dict[str, ChargeAudit] = {}
    pending: dict[str, Mapping[str, Any]] = {}
    for number, entry in enumerate(entries, start=1):
        try:
            _take(file.name.removesuffix(SUFFIX), entry, charges, pending)
        except (KeyError, ValueError) as failure:
            raise BooksUnreadable(f"{file}, line {number}: {failure!r}") from failure
    return list(charges.values())


def _take(
    gateway: str,
    entry: Mapping[str, Any],
    charges: dict[str, ChargeAudit],
    pending: dict[str, Mapping[str, Any]],
) -> None:
    """Counts one entry. ``pending`` holds first entries that wait for their end."""
    match entry["type"]:
        case "charge":
            charges[entry["id"]] = ChargeAudit(
                gateway=gateway,
                id=entry["id"],
                key=entry["key"],
                payment_id=entry["payment_id"],
                currency=entry["currency"],
                status="pending",
            )
            pending[entry["id"]] = entry
            _charge_is(charges[entry["id"]], entry["status"], entry["amount"])
        case "charge_settled":
            first = pending[entry["id"]]
            _charge_is(charges[entry["id"]], entry["status"], first["amount"])
        case "operation":
            pending[entry["id"]] = entry
            _operation_is(charges[entry["charge_id"]], entry, entry["status"])
        case "operation_settled":
            first = pending[entry["id"]]
            _operation_is(charges[first["charge_id"]], first, entry["status"])
        case "key_canceled":
            return
        case other:
            raise ValueError(f"unknown entry {other!r}")


def _charge_is(charge: ChargeAudit, status: str, amount: int) -> None:
    charge.status = status
    if status in ("captured", "authorized"):
        charge.authorized = amount
    if status == "captured":
        charge.captured = amount


def _operation_is(charge: ChargeAudit, operation: Mapping[str, Any], status: str) -> None:
    """Only what succeeded counts: a pending refund has not given the money back yet."""
    if status != "succeeded":
        return
    match operation["kind"]:
        case "capture":
            charge.captured += operation["amount"]
        case "void":
            charge.voided += operation["amount"]
        case "refund":
            charge.refunded += operation["amount"]
        case other:
            raise ValueError(f"unknown operation {other!r}")


def lines(found: Audit) -> Iterator[str]:
    """The report in words: totals, then the first double charges with their charges."""
    totals = found.totals
    yield (
        f"{totals.charges} charges of {len(found.payments)} payments: {totals.approved} approved, "
        f"{totals.declined} declined, {totals.pending} pending"
    )
    yield f"net captured: {totals.net or 'nothing'}; still held: {totals.held or 'nothing'}"
    if totals.torn_lines:
        yield f"{totals.torn_lines} torn last line(s) left out"
    yield f"double charges: {len(found.double_charges)}"
    for name in found.double_charges[:SHOWN_MAX]:
        yield from payment_lines(found.payments[name])
    if len(found.double_charges) > SHOWN_MAX:
        yield f"... and {len(found.double_charges) - SHOWN_MAX} more; --json lists all"


def payment_lines(payment: PaymentAudit) -> Iterator[str]:
    """One payment in words."""
    yield f"{payment.payment_id}: net {payment.net}, held {payment.held}"
    for charge in payment.charges:
        yield (
            f"  {charge.gateway} {charge.id} {charge.status} {charge.currency}"
            f" captured {charge.captured} voided {charge.voided} refunded {charge.refunded}"
            f" key {charge.key}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """0 without double charges, 1 with, 2 when the books cannot be read."""
    options = argparse.ArgumentParser(prog="python -m adapters.simulator.audit")
    options.add_argument("folder", type=Path)
    options.add_argument("--json", action="store_true", help="the whole report as JSON")
    options.add_argument("--payment", help="this payment only")
    chosen = options.parse_args(arguments)
    try:
        found = audit(chosen.folder)
    except (BooksUnreadable, OSError) as failure:
        print(f"audit: {failure}", file=sys.stderr)  # noqa: T201 - a command speaks here
        return 2
    if chosen.payment is not None:
        own = found.payments.get(chosen.payment)
        found = report([] if own is None else own.charges)
    text = msgspec.json.encode(found).decode() if chosen.json else "\n".join(_chosen(found, chosen))
    print(text)  # noqa: T201 - a command speaks here
    return 1 if found.double_charges else 0


def _chosen(found: Audit, options: argparse.Namespace) -> Iterator[str]:
    if options.payment is None:
        return lines(found)
    return (line for payment in found.payments.values() for line in payment_lines(payment))


if __name__ == "__main__":
    sys.exit(main())
