"""Bugs of what gateways offer: asking for what they do not, and letting it rest."""

from __future__ import annotations

from datetime import datetime

from application.payments.change import ChangePayments
from domain.gateway.capabilities import Capabilities
from domain.payment.attempt import Hold
from domain.payment.events import PaymentEvent
from domain.payment.state import Facts, Known
from tests.simulation.sabotage.planting import plants


@plants("application.payments.change:ChangePayments._takes_refunds", "only_what_is_offered")
def refund_sent_where_none_are_taken(self: ChangePayments, payment: Known) -> bool:
    """Reads that a gateway takes no refunds, shows it, and decides on nothing by it."""
    return True


@plants("domain.payment.decisions.closing:needs_a_person", "only_what_is_offered")
def given_back_where_no_refunds_are_taken(facts: Facts, hold: Hold, offered: Capabilities) -> bool:
    """Refuses the merchant's refunds there, and sends its own."""
    return False


@plants("domain.payment.decisions.closing:hand_over", "accepted_is_finished")
def nobody_gives_back_by_hand(
    facts: Facts, hold: Hold, *, reason: str, now: datetime
) -> list[PaymentEvent]:
    """Cannot give it back, and tells no person."""
    return []
