"""Giving up: only when nobody is left to ask, or no time to ask in."""

from __future__ import annotations

from tests.simulation.oracle.case import Case
from tests.simulation.oracle.fold import Payment
from tests.simulation.oracle.verdicts import Findings

TIME_TO_ASK_S = 2.0  # with less of the budget left nobody need be asked any more
NOBODY_LEFT = "no_gateway_available"
PLAIN_NO = ("failed", "not_sent")


def check(case: Case, findings: Findings) -> None:
    for payment in case.payments.values():
        left = _not_asked(payment)
        if left and _gave_up_in_time(case, payment):
            detail = f"{payment.id} was given up, and {', '.join(left)} had not been asked"
            findings.broken("every_gateway_asked", detail)


def _not_asked(payment: Payment) -> list[str]:
    routes = [one.data["order"] for one in payment.events if one.type == "RouteDecided"]
    asked = {one.gateway for one in payment.charges}
    return [name for name in routes[-1] if name not in asked] if routes else []


def _gave_up_in_time(case: Case, payment: Payment) -> bool:
    """By the request itself: definite answers only, nobody took over, tries and time were left."""
    if payment.ended is None or payment.ended.data.get("code") != NOBODY_LEFT:
        return False
    if payment.cancel_requested or len(payment.charges) >= case.settings["tries_max"]:
        return False
    if any(one.unknown_since < payment.ended.at for one in payment.charges):
        return False
    if any(one.verdict not in PLAIN_NO for one in payment.charges):
        return False
    asked = _asked_at(case, payment)
    return payment.ended.at - asked < float(case.settings["budget_s"]) - TIME_TO_ASK_S


def _asked_at(case: Case, payment: Payment) -> float:
    """When the request came that may have begun the payment: the oldest that was still waiting,
    for its budget runs from then on. Minus infinity where no diary tells."""
    begun = payment.events[0].at
    waiting = [
        one.asked_at
        for group in case.creators.get(payment.id, ())
        for one in case.groups[group]
        if one.asked_at <= begun <= one.ended_at or one.status is None
    ]
    return min(waiting, default=float("-inf"))
