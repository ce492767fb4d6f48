"""Gateways are asked only for what they declare, and are not blamed for what they offer."""

from __future__ import annotations

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.fold import Payment
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
