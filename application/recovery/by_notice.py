"""What a signed and complete claim settles by itself, at a gateway that cannot be looked up."""

from __future__ import annotations

import logging

from application.payments.consequences import Consequences
from application.payments.desk import Desk
from application.payments.log import Loaded
from domain.gateway.claims import Claim
from domain.payment.decisions.answers import AnswerDoesNotFit
from domain.payment.decisions.claiming import record_claim
from domain.payment.events import ForeignMovementObserved, PaymentEvent
from domain.payment.state import Known

log = logging.getLogger(__name__)


async def settle_by_notice(
    desk: Desk, consequences: Consequences, loaded: Loaded, claim: Claim, gateway: str
) -> Loaded:
    """Raises UnknownGateway, StoreFailure, ConflictPersists."""
    facts = loaded.payment.facts
    of_it = [one for one in facts.attempts.values() if one.started.gateway == gateway]
    asked = next((one for one in of_it if one.key == claim.key), of_it[-1] if of_it else None)
    if asked is None or desk.recorded(asked.started).capabilities.look_up:
        return loaded
    if not desk.format.allows(ForeignMovementObserved):
        return loaded

    def decide(payment: Known) -> list[PaymentEvent]:
        try:
            events = record_claim(payment.facts, claim, gateway, now=desk.clock.now())
        except AnswerDoesNotFit as misfit:
            log.warning("a notice of %s about %s: %s", gateway, loaded.id, misfit)
            return []
        return consequences.of(payment, events) if events else []

    return await desk.log.change(loaded.id, decide, cause=desk.cause(loaded.id), loaded=loaded)
