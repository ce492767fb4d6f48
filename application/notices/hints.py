"""A gateway says that it knows more: it is looked up there. By itself a notice settles something
only where nothing can be looked up, and where it names all that decides."""

from __future__ import annotations

import logging

from application.notices.receive import Received
from application.payments.log import UnknownPayment
from application.recovery.carry_on import CarryOn

log = logging.getLogger(__name__)


class Hints:
    def __init__(self, carrying: CarryOn) -> None:
        self._carrying = carrying

    async def follow(self, received: Received) -> bool:
        """False where the gateway could not be heard: it must tell again. True also for what names
        no payment of ours, of which there is nothing to look up. Raises as CarryOn.look_now."""
        if received.payment is None:
            return True
        try:
            return await self._carrying.look_now(
                received.payment,
                gateway=received.gateway,
                claimed=received.money_under,
                claim=received.claim,
            )
        except UnknownPayment:
            log.info("a notice speaks of payment %s, which is not here", received.payment)
            return True
