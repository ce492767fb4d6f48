"""Bugs of sending: before the record, too late, other bytes than were meant."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from adapters.gateways import requests
from adapters.gateways.gate import NO_DAY
from application.payments import asking
from application.payments.answers import Answer
from application.payments.asking import Asking, Said, facts_of
from application.payments.commands import CreatePayment
from application.payments.create import CreatePayments
from application.payments.idempotency import answer_now
from application.payments.log import Loaded, known
from application.ports.gateways import (
    ChargeRequest,
    Gateway,
    GatewayRequest,
    LateAnswer,
    OperationRequest,
    Prepared,
)
from application.recovery.settle import ASK_S_MAX, Settling
from domain.chain import FIRST
from domain.gateway.answers import Done
from domain.money import Money
from domain.payment.attempt import Attempt
from domain.payment.decisions import answers
from domain.payment.decisions.settle import repeat
from domain.payment.events import PaymentEvent, PaymentInitiated
from domain.payment.evolve import fold
from domain.payment.state import Facts, InFlight, Known, Ready
from tests.simulation.sabotage.planting import Swap, plants

_request_for = asking.request_for
_charge_request = asking.charge_request
_send = Asking._send
_prepared = requests.prepared
_record_silence = answers.record_silence


def digest_of_the_path(request: GatewayRequest) -> Prepared:
    """A hash that covers the path only: other bytes under the same key are not noticed."""
    made = _prepared(request)
    return replace(made, digest=sha256(made.path.encode()).hexdigest())


NO_HASH_OF_THE_BODY = Swap("adapters.gateways.requests:prepared", digest_of_the_path)


@plants("application.payments.create:CreatePayments._create", "recorded_before_sent")
async def call_before_the_record(
    self: CreatePayments, command: CreatePayment, until: float
) -> Answer:
    """Asks the gateway first and stores intent and outcome in one append, to save a round trip."""
    envelope, desk = command.envelope, self._desk
    intent = self._intent(command)
    events: list[PaymentEvent] = [intent, await desk.router.decide(intent)]
    send_limit = desk.send_limit()
    events += self._charges.first(Ready(known(fold(events)).facts))
    payment = known(fold(events))
    cause = desk.cause(envelope.id)
    if isinstance(payment, InFlight):
        unsaved = Loaded(
            payment=payment, events=tuple(events), last_id=envelope.id, last_digest=FIRST,
            position=0,
        )  # fmt: skip
        charges = self._charges
        said = await charges._asking.ask(
            unsaved, payment.asked, send_before=send_limit, answer_by=until,
            late=charges._follow_ups.late(envelope.id, payment.asked, cause),
        )  # fmt: skip
        learned = facts_of(payment, payment.asked, said, evidence="answer", desk=desk)
        events += charges._consequences.of(payment, learned)
    left_s = max(1.0, until - desk.clock.monotonic())
    return answer_now(await desk.log.create(events, cause=cause, timeout_s=left_s), envelope)


@plants("application.recovery.settle:Settling._repeat", "recorded_before_sent")
async def repeat_before_the_record(
    self: Settling, loaded: Loaded, attempt: Attempt, gateway: Gateway
) -> Loaded:
    """Repeats first and records repeat and answer together, when the answer is there."""
    if not attempt.unknown or attempt.owner != self._desk.owner or attempt.pending is not None:
        return loaded
    note = repeat(attempt, self._desk.sender())
    foreseen = replace(loaded, payment=known(fold([note], loaded.payment)))
    said = await self._asking.ask(
        foreseen, attempt.key, send_before=self._desk.send_limit(),
        answer_by=self._desk.clock.monotonic() + ASK_S_MAX,
        late=self._follow_ups.late(loaded.id, attempt.key, self._desk.cause(loaded.id)),
    )  # fmt: skip

    def record(payment: Known) -> list[PaymentEvent]:
        current = payment.facts.attempts[attempt.key]
        if not current.is_open or current.owner != self._desk.owner:
            return []
        repeated = known(fold([note], payment))
        events = facts_of(repeated, attempt.key, said, evidence="repeat", desk=self._desk)
        return [note, *self._consequences.of(repeated, events)]

    return await self._change(loaded, record)


@plants("application.payments.asking:Asking._send", "sent_in_time")
async def sent_after_send_before(
    self: Asking,
    gateway: Gateway,
    prepared: Prepared,
    *,
    send_before: float,
    not_after: datetime,
    answer_by: float,
    late: LateAnswer,
) -> Said:
    """Never looks at the clock again before writing to the socket."""
    return await _send(
        self, gateway, prepared, send_before=math.inf, not_after=NO_DAY, answer_by=answer_by,
        late=late,
    )  # fmt: skip


@plants(
    "application.payments.asking:Asking._send", "sent_in_time", weather={"asleep_at_the_gate": 1.0}
)
async def sent_by_a_clock_that_stood_still(
    self: Asking,
    gateway: Gateway,
    prepared: Prepared,
    *,
    send_before: float,
    not_after: datetime,
    answer_by: float,
    late: LateAnswer,
) -> Said:
    """Looks at the monotonic clock alone, which stands still while the machine is suspended."""
    return await _send(
        self, gateway, prepared, send_before=send_before, not_after=NO_DAY, answer_by=answer_by,
        late=late,
    )  # fmt: skip


@plants("application.payments.asking:charge_request", "as_asked")
def currency_dropped(intent: PaymentInitiated, key: UUID) -> ChargeRequest:
    """Sends the amount in the currency of the gateway's account."""
    made = _charge_request(intent, key)
    return replace(made, amount=Money(intent.amount.amount, "EUR"))


@plants("application.payments.asking:charge_request", "as_asked")
def amount_in_hundredths(intent: PaymentInitiated, key: UUID) -> ChargeRequest:
    """Takes every currency to have two decimals: JPY comes out a hundred times too large."""
    made = _charge_request(intent, key)
    factor = 100 if intent.amount.currency == "JPY" else 1
    return replace(made, amount=Money(intent.amount.amount * factor, intent.amount.currency))


@plants("application.payments.asking:charge_request", "as_asked")
def captured_at_once(intent: PaymentInitiated, key: UUID) -> ChargeRequest:
    """Forgets that the merchant wants to capture later."""
    return replace(_charge_request(intent, key), capture=True)


@plants(
    "application.payments.asking:request_for",
    "repeats_are_the_same",
    layers=(NO_HASH_OF_THE_BODY,),
)
def amount_changed_on_repeat(facts: Facts, attempt: Attempt) -> GatewayRequest:
    """Computes the amount of a repeated capture, void or refund anew, from the whole payment."""
    made = _request_for(facts, attempt)
    if isinstance(made, OperationRequest) and attempt.sends > 1:
        return replace(made, amount=facts.intent.amount)
    return made


@plants("domain.payment.decisions.answers:record_silence", "stream_equals_books")
def timeout_taken_as_done(
    facts: Facts, key: UUID, *, reason: str, now: datetime
) -> list[PaymentEvent]:
    """Takes a capture, void or refund that nobody answered to have been carried out."""
    attempt = facts.attempts[key]
    if attempt.kind == "charge":
        return _record_silence(facts, key, reason=reason, now=now)
    done = Done("assumed", attempt.started.amount)
    return answers.record_answer(facts, key, done, evidence="answer", now=now)
