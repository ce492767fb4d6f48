"""Nothing goes on by itself for ever: what no machine can end waits for a person, who is told."""

from __future__ import annotations

from typing import Final

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.endings import CALM_S
from tests.simulation.oracle.fold import Payment
from tests.simulation.oracle.records import Operation, plain_id
from tests.simulation.oracle.sums import open_operations
from tests.simulation.oracle.verdicts import Findings

NAME: Final = "duties_have_an_end"
TRIES_MAX: Final = 120  # of one operation: by itself, and where its gateway gave notice


def check(case: Case, findings: Findings) -> None:
    look_s = case.settings.get("look_after_review_s")
    if look_s is None:
        return
    noticed = {payment for _, payment in case.noticed}
    reminded = {
        plain_id(str(one["payment"])) for one in case.history["facts"] if one["fact"] == "reminded"
    }
    for payment in case.payments.values():
        asked = _asked_at(payment)
        for operation in payment.operations.values():
            if len(operation.keys) > TRIES_MAX:
                detail = f"{payment.id}: {len(operation.keys)} tries of {operation.kind}"
                findings.broken(NAME, f"{detail} {operation.id}")
            if operation.id in asked and payment.id not in noticed:
                skew_s = 2 * float(case.settings["clock_skew_s"])
                _is_rare(payment, operation, asked[operation.id], float(look_s) - skew_s, findings)
        waits = [asked[one.id] for one in open_operations(payment) if one.id in asked]
        over_s = float(case.history["end_s"]) - max(
            min(waits, default=float("inf")), float(case.history["faults_end_s"])
        )
        if payment.id not in reminded and over_s > 2 * float(look_s) + CALM_S:
            findings.broken(NAME, f"{payment.id} waits for a person, and nobody says so")


def _asked_at(payment: Payment) -> dict[str, float]:
    """When a person was asked first, by operation."""
    asked: dict[str, float] = {}
    for event in payment.events:
        attempt = payment.attempts.get(plain_id(str(event.data.get("key", ""))))
        if event.type == "ReviewRequested" and attempt is not None:
            asked.setdefault(attempt.operation, event.at)
    return asked


def _is_rare(
    payment: Payment, operation: Operation, asked_at: float, look_s: float, findings: Findings
) -> None:
    """By itself it is tried once a day from then on."""
    begun = [payment.attempts[key].records[0].at for key in operation.keys]
    since = asked_at
    for at in (one for one in begun if one > asked_at):
        if at - since < look_s:
            what = f"{payment.id}: {operation.kind} {operation.id}, for which a person was asked,"
            findings.broken(NAME, f"{what} was tried again after {at - since:.0f} s")
            return
        since = at
