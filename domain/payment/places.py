"""Where something of a payment is still open: which gateway, account and endpoint must answer."""

from __future__ import annotations

from typing import TypeAlias

from domain.payment.decisions.closing import operations_between_tries, owed
from domain.payment.holding import releasable
from domain.payment.state import Authorized, Captured, Known

Place: TypeAlias = tuple[str, str, str]  # gateway, account, endpoint


def waits_for(payment: Known) -> str | None:
    """The gateway that whoever carries this payment on has to hear next: that of the open try, else
    of what is between tries or to be given back, else of what is held."""
    facts = payment.facts
    tries = [one.started for one in facts.attempts.values() if one.is_open]
    tries += [facts.attempts[one.last_key].started for one in operations_between_tries(facts)]
    if tries:
        return tries[0].gateway
    holds = owed(payment)
    if isinstance(payment, Authorized | Captured):
        holds.append(payment.hold)
    return holds[0].gateway if holds else None


def open_at(payment: Known) -> frozenset[Place]:
    """Of tries and operations that are not settled, of what is held, and of what must go back."""
    facts = payment.facts
    tries = [one.started for one in facts.attempts.values() if facts.unsettled(one)]
    holds = owed(payment)
    if isinstance(payment, Authorized | Captured) and not releasable(payment).is_zero:
        holds.append(payment.hold)
    places = {(one.gateway, one.account, one.endpoint) for one in tries}
    return frozenset(places | {(one.gateway, one.account, one.endpoint) for one in holds})
