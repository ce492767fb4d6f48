"""What follows from facts without anybody asking: ends, and giving back what nobody wants.

Used by requests, late answers and workers alike, so that a fact has the same consequences
whoever learns it.
"""

from __future__ import annotations

from collections.abc import Sequence

from application.payments.desk import Desk
from application.payments.log import known
from application.ports.gateways import UnknownGateway
from domain.payment.attempt import Hold
from domain.payment.decisions.charge import Stop, finish
from domain.payment.decisions.closing import (
    NO_GATEWAY,
    NO_REFUNDS,
    compensate,
    hand_over,
    needs_a_person,
    owed,
    what_follows,
)
from domain.payment.events import PaymentEvent, ReviewRequested
from domain.payment.evolve import fold
from domain.payment.state import Known, Ready

NOT_CHARGED = Stop("not_charged", retryable=True)


class Consequences:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def of(
        self, payment: Known, events: Sequence[PaymentEvent], *, stop: Stop | None = NOT_CHARGED
    ) -> list[PaymentEvent]:
        """`events` and what follows from them, for one append. `stop` None: a request is still
        waiting, so a payment that is ready for another try stays so."""
        after = known(fold(events, payment))
        following: list[PaymentEvent] = []
        if isinstance(after, Ready) and stop is not None:
            following += finish(after, stop, now=self._desk.clock.now())
            after = known(fold(following, after))
        given_back = self._compensations(after)
        after = known(fold(given_back, after))
        following += given_back
        return [*events, *following, *what_follows(after, now=self._desk.clock.now())]

    def _compensations(self, payment: Known) -> list[PaymentEvent]:
        """Only recorded here: follow_ups.py asks the gateway when this is on record."""
        following: list[PaymentEvent] = []
        for hold in owed(payment):
            try:
                if not needs_a_person(payment.facts, hold, self._desk.offered(hold)):
                    following.append(compensate(payment, hold, self._desk.sender()))
                else:
                    following += self._hand_over(payment, hold, NO_REFUNDS)
            except UnknownGateway:  # stays on the work list until its credentials are back
                if self._desk.clock.now() >= hold.at + self._desk.rules.review_after:
                    following += self._hand_over(payment, hold, NO_GATEWAY)
        return following

    def _hand_over(self, payment: Known, hold: Hold, reason: str) -> list[PaymentEvent]:
        if not self._desk.format.allows(ReviewRequested):
            return []
        return hand_over(payment.facts, hold, reason=reason, now=self._desk.clock.now())
