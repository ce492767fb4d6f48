"""Says aloud what waits for a person: when he is asked, and once a day from then on."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from domain.payment.duties import open_duties
from domain.payment.rules import Rules
from domain.payment.state import Known
from domain.payment.view import payment_id

log = logging.getLogger(__name__)

REMINDER: Final = "ALARM: %s waits for a person since %s, try %s: %s"


def remind(before: Known, payment: Known, pause: timedelta, rules: Rules) -> None:
    """After a round of recovery that found the payment as it was `before`, and will come again
    after this pause."""
    duties = open_duties(payment)
    is_asked = len(duties) > len(open_duties(before))
    if is_asked or pause >= rules.look_after_review:
        for one in duties:
            name = payment_id(payment.facts.intent.payment)
            log.critical(REMINDER, name, one.since, one.key, one.reason)
