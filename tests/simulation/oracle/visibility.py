"""Merchants apart: another merchant's payment looks like none at all."""

from __future__ import annotations

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.records import plain_id
from tests.simulation.oracle.verdicts import Findings

NOTHING_TOLD = (400, 401, 403, 404, 422, 429)


def check(case: Case, findings: Findings) -> None:
    owners = {one.id: one.merchant for one in case.payments.values()}
    for call in case.calls:
        if call.status is None or call.status >= 500:
            continue
        said = call.view.get("payment") or call.view.get("id")
        told = plain_id(str(said)) if said else call.payment
        for payment in {told, call.payment} - {None}:
            owner = owners.get(payment or "")
            if owner is not None and owner != call.merchant and call.status not in NOTHING_TOLD:
                detail = f"call {call.call}: {call.merchant} got {call.status} on {owner}'s payment"
                findings.broken("merchants_apart", detail)
    _revealed(case, owners, findings)


def _revealed(case: Case, owners: dict[str, str], findings: Findings) -> None:
    """A refusal names nothing of the payment either."""
    for call in case.calls:
        owner = owners.get(call.payment or "")
        foreign = owner is not None and owner != call.merchant and call.status is not None
        if foreign and call.status == 403:
            detail = f"call {call.call} says that there is a payment, and whose it is not"
            findings.broken("merchants_apart", detail)
        if foreign and ("amount" in call.view or "merchant" in call.view):
            findings.broken("merchants_apart", f"call {call.call} tells of {owner}'s payment")
