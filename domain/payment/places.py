"""Where something of a payment is still open: which gateway, account and endpoint must answer."""

from __future__ import annotations

from typing import TypeAlias

from domain.payment.decisions.closing import owed
from domain.payment.state import Authorized, Captured, Known, capturable

Place: TypeAlias = tuple[str, str, str]  # gateway, account, endpoint


def open_at(payment: Known) -> frozenset[Place]:
    """Of tries and operations that are not settled, of what is held, and of what must go back."""
    facts = payment.facts
    tries = [one.started for one in facts.attempts.values() if facts.unsettled(one)]
    holds = owed(payment)
    if isinstance(payment, Authorized | Captured) and not capturable(payment).is_zero:
        holds.append(payment.hold)
    places = {(one.gateway, one.account, one.endpoint) for one in tries}
    return frozenset(places | {(one.gateway, one.account, one.endpoint) for one in holds})
