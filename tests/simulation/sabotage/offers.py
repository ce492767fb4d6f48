"""Bugs of what gateways offer: asking for what they do not, and letting it rest."""

from __future__ import annotations

from datetime import datetime

from application.payments import desk
from application.payments.change import ChangePayments
from application.ports.gateways import Gateway
from domain.changed import replace
from domain.gateway.capabilities import Capabilities
from domain.installation.formats import Format
from domain.payment.attempt import Hold
from domain.payment.decisions.sender import Target
from domain.payment.events import CaptureTerms, PaymentEvent
from domain.payment.state import Facts, Known
from tests.simulation.sabotage.planting import plants

_target_of = desk.target_of


@plants("application.payments.change:ChangePayments._takes_refunds", "only_what_is_offered")
def refund_sent_where_none_are_taken(self: ChangePayments, payment: Known) -> bool:
    """Reads that a gateway takes no refunds, shows it, and decides on nothing by it."""
    return True


@plants("domain.payment.holding:takes_another", "only_what_is_offered", "answers_match_stream")
def captured_again_where_one_is_taken(facts: Facts, hold: Hold, *, undeclared: bool = True) -> bool:
    """Offers the rest of a hold that its gateway captures once, and asks for it."""
    return True


@plants("domain.payment.holding:is_let_go", "only_what_is_offered")
def what_was_let_go_of_is_voided(facts: Facts, hold: Hold) -> bool:
    """Asks for ever to release what the gateway released with its only capture."""
    return False


@plants("application.payments.desk:target_of", "only_what_is_offered")
def terms_on_record_are_made_up(gateway: Gateway, format: Format) -> Target:
    """Records terms of captures that the gateway never declared."""
    terms = CaptureTerms(several=True, remainder="kept")
    return replace(_target_of(gateway, format), captures=terms)


@plants("domain.payment.view:_stands_amiss", "answers_match_stream", "rows_equal_fold")
def another_amount_needs_no_person(payment: Known) -> bool:
    """Shows another amount than was asked as if all were well."""
    return False


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
