"""A client repeats a create whose charge may never have been sent: his request may send it.

After a crash between the record and the send nobody else may (docs/decisions/0014): no worker
charges a payer whose merchant may have been told that nothing was recorded.
"""

from __future__ import annotations

import logging
from typing import Protocol
from uuid import UUID

from application.payments.commands import Envelope
from application.payments.desk import Desk
from application.payments.log import ConflictPersists, Loaded
from application.ports.event_store import PASSING
from application.ports.gateways import UnknownGateway
from domain.payment.attempt import Attempt
from domain.payment.decisions.settle import OwnerMayBeAlive
from domain.payment.state import InFlight, Unknown

log = logging.getLogger(__name__)


class Send(Protocol):
    async def __call__(self, loaded: Loaded, key: UUID, *, answer_by: float) -> Loaded:
        """Takes the try over and sends it. Raises OwnerMayBeAlive, UnknownGateway,
        ConflictPersists, StoreFailure."""
        ...


class Reviving:
    def __init__(self, desk: Desk, send: Send) -> None:
        self._desk = desk
        self._send = send

    async def of(self, stored: Loaded, envelope: Envelope, *, until: float) -> Loaded:
        """The payment after whatever this repeat of its create could do for its charge; as it is
        where nothing is to be done, or its owner may be alive."""
        attempt = self._unsent(stored, envelope)
        if attempt is None:
            return stored
        try:
            return await self._send(stored, attempt.key, answer_by=until)
        except (OwnerMayBeAlive, UnknownGateway, ConflictPersists, *PASSING) as reason:
            log.info("the charge of %s is left as it is: %s", stored.id, reason)
            return await self._desk.log.load(stored.id)

    def _unsent(self, stored: Loaded, envelope: Envelope) -> Attempt | None:
        payment, intent = stored.payment, stored.payment.facts.intent
        same = (intent.merchant, intent.command.fingerprint) == (
            envelope.merchant,
            envelope.fingerprint,
        )
        if not same or not isinstance(payment, InFlight | Unknown):
            return None
        attempt = payment.facts.attempts[payment.asked]
        mine = attempt.owner == self._desk.owner  # then this process knows best, and is at it
        return None if mine or attempt.sent_on_record or attempt.review else attempt
