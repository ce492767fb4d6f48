"""Creates a payment and carries its charge as far as one request can."""

from __future__ import annotations

import logging

from application.payments.answers import Answer
from application.payments.charges import Charges
from application.payments.commands import CreatePayment
from application.payments.desk import Desk
from application.payments.idempotency import Idempotency, answer_now
from application.payments.log import Loaded, UnknownPayment
from application.payments.reviving import Reviving
from application.payments.withdrawing import Withdrawing
from application.ports.event_store import PASSING, StoreFailure, WrongRevision
from domain.payment.events import PaymentEvent, PaymentInitiated
from domain.payment.evolve import fold
from domain.payment.state import Ready

log = logging.getLogger(__name__)


class CreatePayments:
    def __init__(
        self,
        desk: Desk,
        charges: Charges,
        idempotency: Idempotency,
        withdrawing: Withdrawing,
        reviving: Reviving,
    ) -> None:
        self._desk = desk
        self._charges = charges
        self._idempotency = idempotency
        self._withdrawing = withdrawing
        self._reviving = reviving

    async def handle(self, command: CreatePayment) -> Answer:
        """Raises KeyReused, InProgress, TooManyWaiters; StoreBusy and AppendNotSent (nothing was
        recorded, by this request or an earlier one of this process); FateUnknown (repeat with the
        same key; nothing is ever sent for this one)."""
        until = self._desk.clock.monotonic() + self._desk.rules.latency_budget_s
        return await self._idempotency.once(
            command.envelope, lambda: self._create(command, until), until=until
        )

    async def _create(self, command: CreatePayment, until: float) -> Answer:
        envelope = command.envelope
        intent = self._intent(command)
        routed = await self._desk.router.decide(intent)
        send_limit = self._desk.send_limit()
        events: list[PaymentEvent] = [intent, routed]
        ready = fold(events)
        if isinstance(ready, Ready):
            events += self._charges.first(ready)
        cause = self._desk.cause(envelope.id)
        try:
            loaded = await self._desk.log.create(
                events, cause=cause, timeout_s=until - self._desk.clock.monotonic()
            )
        except WrongRevision:
            stored = await self._desk.log.load(envelope.id, conflicted=True)
            stored = await self._reviving.of(stored, envelope, until=until)
            answer = await self._idempotency.recorded(stored, envelope, until=until)
            if answer is None:
                raise UnknownPayment(str(envelope.id)) from None
            return answer
        except StoreFailure as failure:
            raise self._withdrawing.speaks(envelope, envelope.id, failure) from failure
        return answer_now(await self._carry_out(loaded, send_limit, until), envelope)

    async def _carry_out(self, loaded: Loaded, send_limit: float, until: float) -> Loaded:
        """From here on money may have moved: whatever fails becomes a 202, and recovery goes on."""
        cause = self._desk.cause(loaded.id)
        try:
            return await self._charges.carry_out(
                loaded, send_limit=send_limit, answer_by=until, cause=cause
            )
        except PASSING as failure:  # an outage, told where it is found
            log.debug("payment %s is left to recovery: %s", loaded.id, failure)
            return loaded
        except Exception:
            log.exception("payment %s is left to recovery", loaded.id)
            return loaded

    def _intent(self, command: CreatePayment) -> PaymentInitiated:
        now = self._desk.clock.now()
        return PaymentInitiated(
            payment=command.envelope.id,
            merchant=command.envelope.merchant,
            command=command.envelope.ref("create"),
            amount=command.amount,
            capture_method=command.capture_method,
            method=command.method,
            customer=command.customer,
            description=command.description,
            metadata=command.metadata,
            merchant_initiated=command.merchant_initiated,
            complete_by=now + self._desk.rules.complete_within,
            at=now,
        )
