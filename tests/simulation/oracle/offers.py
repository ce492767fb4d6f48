"""Gateways are asked only for what they declare, and are not blamed for what they offer."""

from __future__ import annotations

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.fold import DONE_LATE, Payment
from tests.simulation.oracle.records import plain_id
from tests.simulation.oracle.verdicts import Findings

NAME = "only_what_is_offered"
NO_REFUNDS = "refunds_not_offered"


def check(case: Case, findings: Findings) -> None:
    for send in case.sends:
        if send.kind == "refund" and send.copy_of is None and not _refunds(case, send.gateway):
            findings.broken(NAME, f"refund {send.key} was sent to {send.gateway}, which takes none")
    for payment in case.payments.values():
        _put_down_to_the_gateway(case, payment, findings)
        _captures(case, payment, findings)


def _put_down_to_the_gateway(case: Case, payment: Payment, findings: Findings) -> None:
    for event in payment.events:
        attempt = payment.attempts.get(plain_id(str(event.data.get("key", ""))))
        gateway = None
        if event.type == "CommandRefused" and event.data["code"] == NO_REFUNDS:
            gateway = payment.attempts[payment.hold.key].gateway if payment.hold else ""
        elif event.data.get("reason") == NO_REFUNDS and attempt is not None:
            gateway = attempt.gateway if attempt.captured else ""
        if gateway is not None and _refunds(case, gateway):
            findings.broken(NAME, f"{payment.id}: {event.type}, but {gateway} takes refunds")


def _refunds(case: Case, gateway: str) -> bool:
    return bool(case.gateways.get(gateway, {}).get("refunds", True))


def _captures(case: Case, payment: Payment, findings: Findings) -> None:
    """Where a hold is captured once, nothing more is asked of it than its gateway does; and what is
    on record of that is what the gateway declares."""
    states: dict[str, dict[str, str]] = {}  # of captures, by the charge's key and the operation
    for event in payment.events:
        data, charge = event.data, plain_id(str(event.data.get("charge_key", "")))
        operation = plain_id(str(data.get("operation", "")))
        of_hold = states.setdefault(charge, {})
        if event.type == "AttemptStarted" and data.get("captures") is not None:
            declared = _terms(case, data["gateway"])
            if data["captures"] != declared:
                detail = f"{payment.id}: {data['captures']} on record, {declared} declared"
                findings.broken(NAME, detail)
        elif event.type == "CaptureStarted":
            others = {state for one, state in of_hold.items() if one != operation}
            first = operation not in of_hold
            if first and others & {"open", "done"} and not _terms(case, data["gateway"])["several"]:
                findings.broken(NAME, f"{payment.id}: a second capture where one is taken")
            of_hold[operation] = "open" if first else of_hold[operation]
        elif event.type == "VoidStarted" and data["number"] == 1:
            released = _terms(case, data["gateway"])["remainder"] == "released"
            if released and "done" in of_hold.values():
                findings.broken(NAME, f"{payment.id}: a void of what its gateway let go of")
        else:
            for each in states.values():
                if operation in each:
                    each[operation] = _after(event.type, each[operation])


def _after(event: str, state: str) -> str:
    return {"CaptureFailed": "failed", "CaptureSucceeded": "done", DONE_LATE: "done"}.get(
        event, state
    )


def _terms(case: Case, gateway: str) -> dict[str, object]:
    known = case.gateways.get(gateway, {})
    several = bool(known.get("several_captures", True))
    return {"several": several, "remainder": known.get("remainder", "kept")}
