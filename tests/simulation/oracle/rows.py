"""The read models against the oracle's own fold of the raw log."""

from __future__ import annotations

import json
from typing import Any

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.fold import Payment
from tests.simulation.oracle.records import Event, plain_id
from tests.simulation.oracle.sums import view
from tests.simulation.oracle.times import posix
from tests.simulation.oracle.verdicts import Findings

SAME = ("status", "amount", "currency", "amount_captured", "amount_refunded", "gateway")
IN_VIEW = (
    "status",
    "amount_authorized",
    "attempts",
    "cancel_requested",
    "needs_review",
    "revision",
)


def check(case: Case, findings: Findings) -> None:
    """Those that are read, and those of an older version that are kept for who reads them still."""
    for name in ("rows", "rows_kept"):
        rows = case.history.get(name)
        if rows is None:
            continue
        _payment_status(case, rows["payment_status"], findings)
        _recovery(case, rows["recovery"], findings)
        if "payment_timeline" in rows:
            _timeline(case, rows["payment_timeline"], findings)


def _payment_status(case: Case, rows: list[dict[str, Any]], findings: Findings) -> None:
    by_id = {plain_id(str(row["id"])): row for row in rows}
    if len(by_id) != len(rows) or by_id.keys() != case.payments.keys():
        findings.broken("rows_equal_fold", f"{len(rows)} rows of {len(case.payments)} payments")
    for payment in case.payments.values():
        row = by_id.get(payment.id)
        if row is not None:
            for name, stored, folded in _differences(case, row, payment):
                detail = f"{payment.id}: {name} is {stored} in its row, {folded} in the log"
                findings.broken("rows_equal_fold", detail)


def _differences(case: Case, row: dict[str, Any], payment: Payment) -> list[tuple[str, Any, Any]]:
    folded, last, first = view(payment), payment.events[-1], payment.events[0]
    expected = {name: folded[name] for name in SAME} | {
        "merchant": payment.merchant,
        "customer": payment.intent["customer"],
        "revision": last.revision,
        "position": last.position,
        "created_position": first.position,
    }
    found = [(one, row[one], expected[one]) for one in expected if row[one] != expected[one]]
    for name, event in (("created_at", first), ("updated_at", last)):
        if _moment(row[name]) != _moment(event.data["at"]):
            found.append((name, row[name], event.data["at"]))
    shown = row["view"] if isinstance(row["view"], dict) else json.loads(row["view"])
    found += [
        (f"view.{one}", shown.get(one), folded[one])
        for one in IN_VIEW
        if shown.get(one) != folded[one]
    ]
    return found


def _moment(text: Any) -> float:
    return posix(str(text))


def _recovery(case: Case, rows: list[dict[str, Any]], findings: Findings) -> None:
    """A payment is on the work list just when its last event says so."""
    by_stream = {row["stream"]: row for row in rows}
    for payment in case.payments.values():
        last = payment.events[-1]
        due, row = last.meta.get("recover_after"), by_stream.pop(last.stream, None)
        if due is None and row is not None:
            findings.broken("rows_equal_fold", f"{last.stream} is due for nothing, but on the list")
        elif due is not None and row is None:
            findings.broken("rows_equal_fold", f"{last.stream} is due, but not on the list")
        elif row is not None:
            same = row["revision"] == last.revision and row["merchant"] == payment.merchant
            if not same or _moment(row["recover_after"]) != _moment(due):
                findings.broken("rows_equal_fold", f"{last.stream} is on the list otherwise")
    for stream in by_stream:
        findings.broken("rows_equal_fold", f"{stream} is on the list, and is no payment")


def _timeline(case: Case, rows: list[dict[str, Any]], findings: Findings) -> None:
    stored = {
        (plain_id(str(row["payment"])), row["revision"], row["type"], row["position"])
        for row in rows
    }
    folded = {
        _line(payment.id, event) for payment in case.payments.values() for event in payment.events
    }
    if stored != folded or len(rows) != len(stored):
        detail = f"{len(folded - stored)} lines are missing, {len(stored - folded)} too many"
        findings.broken("rows_equal_fold", f"timeline: {detail}")


def _line(payment: str, event: Event) -> tuple[str, int, str, int]:
    return payment, event.revision, event.type, event.position
