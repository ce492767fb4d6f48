"""Layers of the product that are lost together with a bug which they would make harmless."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from application.payments import idempotency
from application.payments.answers import Answer
from application.payments.commands import Envelope
from application.payments.idempotency import Idempotency
from application.payments.log import Loaded
from application.ports.hot_state import StoredAnswer
from domain.payment import evolve as evolving
from domain.payment.attempt import Attempt
from domain.payment.bookkeeping import note, operations
from domain.payment.bookkeeping.common import (
    with_attempt,
)
from domain.payment.events import (
    AttemptStarted,
    FollowUpStarted,
    PaymentCanceled,
    PaymentEvent,
    Started,
)
from domain.payment.state import Canceled, Facts, InFlight, New, Payment
from domain.payment.transitions import OF_ONE_SEND, TRANSITIONS
from tests.simulation.sabotage.planting import Swap

_evolve = evolving.evolve
_recorded = Idempotency.recorded
_replayed = idempotency._replayed


def evolve_without_a_table(payment: Payment, event: PaymentEvent) -> Payment:
    """What no state allows leaves the state as it is, or moves it all the same."""
    if isinstance(payment, New) or (type(payment), type(event)) in TRANSITIONS:
        return _evolve(payment, event)
    facts = note(payment.facts, event)
    if isinstance(event, OF_ONE_SEND) and facts.attempts[event.key].kind != "charge":
        return replace(payment, facts=facts)
    if isinstance(event, AttemptStarted):
        return InFlight(facts, event.key)
    if isinstance(event, PaymentCanceled):
        return Canceled(facts, getattr(payment, "hold", None))
    return replace(payment, facts=facts)


def started_again_under_a_known_key(facts: Facts, event: Started) -> Facts:
    """Does not look whether the key was started before."""
    attempt = Attempt(
        kind=operations.KINDS[type(event)],
        started=event,
        owner=event.owner,
        send_before=event.send_before,
        since=event.at,
    )
    facts = with_attempt(facts, attempt)
    if not isinstance(event, FollowUpStarted):
        return facts
    known = facts.operations.get(event.operation)
    if known is None:
        return operations._begin(facts, event)
    return replace(
        facts, operations={**facts.operations, known.id: replace(known, tries=known.tries + 1)}
    )


async def recorded_for_anybody(
    self: Idempotency, loaded: Loaded, envelope: Envelope, *, until: float
) -> Answer | None:
    """Looks neither at the merchant of the stream nor at what the body was."""
    facts = loaded.payment.facts
    command = facts.commands.get(envelope.id)
    fingerprint = envelope.fingerprint if command is None else command.ref.fingerprint
    forged = _forged(envelope, facts.intent.merchant, fingerprint)
    return await _recorded(self, loaded, forged, until=until)


async def recorded_whatever_the_body(
    self: Idempotency, loaded: Loaded, envelope: Envelope, *, until: float
) -> Answer | None:
    """Looks at the merchant alone."""
    command = loaded.payment.facts.commands.get(envelope.id)
    fingerprint = envelope.fingerprint if command is None else command.ref.fingerprint
    forged = _forged(envelope, envelope.merchant, fingerprint)
    return await _recorded(self, loaded, forged, until=until)


async def recorded_creates_for_anybody(
    self: Idempotency, loaded: Loaded, envelope: Envelope, *, until: float
) -> Answer | None:
    """Looks at nothing where a payment is created: harmless while keys are each merchant's own,
    for then nobody comes to another's payment by creating one."""
    command = loaded.payment.facts.commands.get(envelope.id)
    if command is None or command.ref.name != "create":
        return await _recorded(self, loaded, envelope, until=until)
    return await recorded_for_anybody(self, loaded, envelope, until=until)


def replayed_for_anybody(stored: StoredAnswer, envelope: Envelope) -> Answer:
    """The same of the cache."""
    return _replayed(stored, _forged(envelope, stored.merchant, stored.fingerprint))


def _forged(envelope: Envelope, merchant: str, fingerprint: str) -> Envelope:
    """The same command, as if its sender had been the right one."""
    forged = replace(envelope, merchant=merchant, fingerprint=fingerprint)
    vars(forged)["id"] = envelope.id
    return forged


ANYTHING_GOES: Final = Swap("domain.payment.evolve:evolve", evolve_without_a_table)
KNOWN_KEYS: Final = Swap(
    "domain.payment.bookkeeping.operations:start", started_again_under_a_known_key
)
REPLAYED_FOR_ANYBODY: Final = Swap(
    "application.payments.idempotency:_replayed", replayed_for_anybody
)
CREATED_FOR_ANYBODY: Final = Swap(
    "application.payments.idempotency:Idempotency.recorded", recorded_creates_for_anybody
)
