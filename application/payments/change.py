"""Capture, cancel and refund: one way for all three, three decisions.

A refusal by the payment is recorded, so that a repeat of it cannot move money later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from uuid import UUID

from application.payments.answers import Answer
from application.payments.commands import CancelPayment, CapturePayment, Envelope, RefundPayment
from application.payments.desk import Desk
from application.payments.follow_ups import FollowUps
from application.payments.idempotency import Idempotency, answer_now
from application.payments.log import Loaded
from application.payments.withdrawing import Withdrawing
from application.ports.event_store import PASSING, StoreFailure
from domain.money import Money, asked
from domain.payment.decisions import follow_up
from domain.payment.events import CommandRef, CommandRefused, PaymentEvent
from domain.payment.rules import REFUSALS_PER_PAYMENT_MAX, PaymentRejected
from domain.payment.state import Authorized, Captured, Conflicted, Known

log = logging.getLogger(__name__)

Wish = Callable[[Known], list[PaymentEvent]]  # raises PaymentRejected


class TooManyRefusals(Exception):
    """REFUSALS_PER_PAYMENT_MAX refusals are on record for this payment: no more are taken."""


class ChangePayments:
    def __init__(
        self,
        desk: Desk,
        follow_ups: FollowUps,
        idempotency: Idempotency,
        withdrawing: Withdrawing,
    ) -> None:
        self._desk = desk
        self._follow_ups = follow_ups
        self._idempotency = idempotency
        self._withdrawing = withdrawing

    async def capture(self, command: CapturePayment) -> Answer:
        ref = command.envelope.ref("capture")

        def wish(payment: Known) -> list[PaymentEvent]:
            return follow_up.capture(
                payment,
                command=ref,
                amount=_money(payment, command.amount),
                several=self._several_captures(payment),
                sender=self._desk.sender(),
            )

        return await self._once(command.envelope, ref, command.payment, wish)

    async def cancel(self, command: CancelPayment) -> Answer:
        ref = command.envelope.ref("cancel")

        def wish(payment: Known) -> list[PaymentEvent]:
            return follow_up.cancel(payment, command=ref, sender=self._desk.sender())

        return await self._once(command.envelope, ref, command.payment, wish)

    async def refund(self, command: RefundPayment) -> Answer:
        ref = command.envelope.ref("refund")

        def wish(payment: Known) -> list[PaymentEvent]:
            return follow_up.refund(
                payment,
                command=ref,
                amount=_money(payment, command.amount),
                reason=command.reason,
                offered=self._takes_refunds(payment),
                sender=self._desk.sender(),
            )

        return await self._once(command.envelope, ref, command.payment, wish)

    async def _once(self, envelope: Envelope, ref: CommandRef, payment: UUID, wish: Wish) -> Answer:
        """Raises UnknownPayment, KeyReused, InProgress, TooManyWaiters, TooManyRefusals,
        ConflictPersists, and the store's failures while nothing is on record."""
        until = self._desk.clock.monotonic() + self._desk.rules.latency_budget_s
        return await self._idempotency.once(
            envelope, lambda: self._change(envelope, ref, payment, wish, until), until=until
        )

    async def _change(
        self, envelope: Envelope, ref: CommandRef, payment: UUID, wish: Wish, until: float
    ) -> Answer:
        loaded = await self._desk.log.load(payment)
        recorded = await self._idempotency.recorded(loaded, envelope, until=until)
        if recorded is not None:
            return recorded
        send_limit = self._desk.send_limit()
        is_ours = False

        def decide(current: Known) -> list[PaymentEvent]:
            nonlocal is_ours
            is_ours = ref.id not in current.facts.commands
            return self._grant_or_refuse(current, ref, wish) if is_ours else []

        try:
            loaded = await self._desk.log.change(
                payment,
                decide,
                cause=self._desk.cause(ref.id),
                timeout_s=until - self._desk.clock.monotonic(),
                loaded=loaded,
            )
        except StoreFailure as failure:
            raise self._withdrawing.speaks(envelope, payment, failure) from failure
        if not is_ours:  # a twin was faster
            recorded = await self._idempotency.recorded(loaded, envelope, until=until)
            return recorded or answer_now(loaded, envelope)
        if ref.id in loaded.payment.facts.operations:
            loaded = await self._carry_out(loaded, ref.id, send_limit, until)
        return answer_now(loaded, envelope)

    def _grant_or_refuse(self, payment: Known, ref: CommandRef, wish: Wish) -> list[PaymentEvent]:
        try:
            return wish(payment)
        except PaymentRejected as refusal:
            if payment.facts.refusals >= REFUSALS_PER_PAYMENT_MAX:
                raise TooManyRefusals(str(payment.facts.intent.payment)) from refusal
            now = self._desk.clock.now()
            return [CommandRefused(command=ref, code=refusal.code, detail=str(refusal), at=now)]

    async def _carry_out(
        self, loaded: Loaded, operation: UUID, send_limit: float, until: float
    ) -> Loaded:
        """From here on money may have moved: whatever fails becomes a 202, and recovery goes on."""
        try:
            return await self._follow_ups.carry_out(
                loaded,
                operation,
                send_limit=send_limit,
                answer_by=until,
                cause=self._desk.cause(operation),
            )
        except PASSING as failure:  # an outage, told where it is found
            log.debug("operation %s of %s is left to recovery: %s", operation, loaded.id, failure)
            return loaded
        except Exception:
            log.exception("operation %s of %s is left to recovery", operation, loaded.id)
            return loaded

    def _several_captures(self, payment: Known) -> bool:
        """Of a hold of which that is not on record: as its gateway declares now."""
        if not isinstance(payment, Authorized | Captured):
            return False  # nothing can be captured anyway
        if payment.hold.captures is not None:
            return payment.hold.captures.several
        return self._desk.offered(payment.hold).several_captures

    def _takes_refunds(self, payment: Known) -> bool:
        if not isinstance(payment, Captured | Conflicted):
            return False  # nothing can be given back anyway
        return self._desk.offered(payment.hold).refunds


def _money(payment: Known, amount: int | None) -> Money | None:
    return None if amount is None else asked(amount, payment.facts.intent.amount.currency)
