"""Bugs of the merchants' idempotency keys, of answers, and of whose payment it is."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from application.payments.answers import Answer
from application.payments.commands import Envelope
from application.payments.create import CreatePayments
from application.payments.idempotency import Idempotency
from application.payments.log import Cause, Loaded, PaymentLog, known
from application.payments.looking import Looking
from application.ports.event_store import WrongRevision
from domain.canonical import derived_id
from domain.log import NO_STREAM
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from tests.simulation.sabotage.loosened import (
    CREATED_FOR_ANYBODY,
    REPLAYED_FOR_ANYBODY,
    recorded_for_anybody,
    recorded_whatever_the_body,
)
from tests.simulation.sabotage.planting import plants

_create = PaymentLog.create
_handle = CreatePayments._create


@plants(
    "application.payments.log:PaymentLog.create",
    "one_effect",
    "one_try_one_key",
    weather={"hot_failed": 0.9, "hot_unheard": 0.9, "read_delayed": 0.9, "client_impatient": 0.9},
)
async def check_then_act_on_the_key(
    self: PaymentLog, events: Sequence[PaymentEvent], *, cause: Cause, timeout_s: float
) -> Loaded:
    """Looks whether the key was used, and then appends without expecting anything."""
    payment = known(fold(events))
    stream = f"payment-{payment.facts.intent.payment}"
    if found := await self.store.read_stream(stream):
        raise WrongRevision(stream, NO_STREAM, found[-1].revision)
    while True:
        try:
            return await _create(self, events, cause=cause, timeout_s=timeout_s)
        except WrongRevision as late:
            encoded, digest = self._encode(None, payment, events, cause=cause)
            done = await self.store.append(stream, late.actual, encoded, timeout_s=timeout_s)
            return Loaded(
                payment=payment, events=tuple(events), last_id=encoded[-1].id,
                last_digest=digest, position=done.position,
            )  # fmt: skip


@plants(
    "application.payments.idempotency:Idempotency.recorded",
    "changed_body_refused",
    "linearizable",
    weather={"hot_failed": 0.9, "hot_lost": 0.6},
)
async def changed_body_accepted(
    self: Idempotency, loaded: Loaded, envelope: Envelope, *, until: float
) -> Answer | None:
    """Compares keys, and never what was asked under them, where the cache holds no answer."""
    return await recorded_whatever_the_body(self, loaded, envelope, until=until)


@plants(
    "application.payments.commands:Envelope.id",
    "merchants_apart",
    layers=(CREATED_FOR_ANYBODY, REPLAYED_FOR_ANYBODY),
)
def key_shared_across_merchants(self: Envelope) -> UUID:
    """Forgets that two merchants may use the same key."""
    return derived_id("POST", self.path, self.key)


@plants("application.payments.looking:Looking.now", "merchants_apart")
async def other_merchants_payment_shown(self: Looking, merchant: str, payment: UUID) -> Loaded:
    """Whoever knows the id may look."""
    return await self._log.load(payment)


@plants("application.payments.idempotency:Idempotency.recorded", "merchants_apart")
async def other_merchants_payment_moved(
    self: Idempotency, loaded: Loaded, envelope: Envelope, *, until: float
) -> Answer | None:
    """Whoever knows the id may capture, cancel and refund."""
    return await recorded_for_anybody(self, loaded, envelope, until=until)
