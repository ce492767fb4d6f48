"""Bugs of going to the next gateway: on a silence, on a rumour, without end, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from adapters.gateways import classify
from adapters.gateways.bound import Reply
from adapters.gateways.error_table import ErrorTable
from adapters.gateways.shapes import Told, Unreadable
from application.payments.asking import Asking, Said, Silence, charge_request
from application.payments.consequences import NOT_CHARGED, Consequences
from application.payments.desk import target_of
from application.ports.gateways import Gateway, LateAnswer, Prepared
from domain.gateway.answers import Answer, NotProcessed, Unclear
from domain.payment.attempt import Attempt
from domain.payment.decisions import answers, charge, follow_up
from domain.payment.decisions.charge import Ask, Stop, next_charge_key, start_charge
from domain.payment.decisions.sender import Sender, Target
from domain.payment.events import AttemptStarted, CommandRef, PaymentCanceled, PaymentEvent
from domain.payment.events.shapes import Evidence
from domain.payment.evolve import fold
from domain.payment.state import Facts, InFlight, Known, Ready, Unknown
from tests.simulation.sabotage.loosened import ANYTHING_GOES
from tests.simulation.sabotage.planting import Swap, plants

_record_silence = answers.record_silence
_send = Asking._send
_answer_to = classify.answer_to
_next_step = charge.next_step
_cancel = follow_up.cancel
_of = Consequences.of

SAFE = ("one_gateway_at_a_time", "one_net_capture", "failed_means_not_charged")


def start_in_any_number(
    payment: Ready, target: Target, sender: Sender, digest: Callable[[UUID], str]
) -> AttemptStarted:
    """Looks neither at the number of tries nor at whether the payment is still wanted."""
    operation, key, number = next_charge_key(payment.facts)
    return AttemptStarted(
        operation=operation,
        number=number,
        key=key,
        gateway=target.gateway,
        account=target.account,
        endpoint=target.endpoint,
        amount=payment.facts.intent.amount,
        owner=sender.owner,
        send_before=sender.send_before,
        request_hash=digest(key),
        at=sender.now,
    )


START_IN_ANY_NUMBER = Swap("domain.payment.decisions.charge:start_charge", start_in_any_number)


@plants("domain.payment.decisions.answers:record_silence", *SAFE)
def failover_on_timeout(
    facts: Facts, key: UUID, *, reason: str, now: datetime
) -> list[PaymentEvent]:
    """Takes silence for a no and asks the next gateway."""
    attempt = facts.attempts[key]
    if attempt.kind != "charge" or not attempt.is_open:
        return _record_silence(facts, key, reason=reason, now=now)
    return [answers.failure(key, NotProcessed(code="timeout"), "answer", now)]


@plants("application.payments.asking:Asking._send", *SAFE)
async def broken_connection_taken_as_not_sent(
    self: Asking,
    gateway: Gateway,
    prepared: Prepared,
    *,
    send_before: float,
    not_after: datetime,
    answer_by: float,
    late: LateAnswer,
) -> Said:
    """Treats a connection that broke after sending like one that never was."""
    said = await _send(
        self, gateway, prepared, send_before=send_before, not_after=not_after,
        answer_by=answer_by, late=late,
    )  # fmt: skip
    if isinstance(said, Silence) and said.reason == "connection lost":
        return NotProcessed(code="unreachable", message=said.reason)
    return said


@plants("adapters.gateways.classify:answer_to", *SAFE)
def server_error_taken_as_no(sent: Prepared, reply: Reply, table: ErrorTable) -> Answer:
    """Takes every 5xx to mean that nothing was processed."""
    try:
        return _answer_to(sent, reply, table)
    except Unreadable:
        if reply.status < 500:
            raise
        return NotProcessed(code="unavailable", message=str(reply.status))


@plants("adapters.gateways.classify:answer_to", *SAFE)
def unreadable_answer_taken_as_no(sent: Prepared, reply: Reply, table: ErrorTable) -> Answer:
    """Takes an answer that cannot be read for a refusal."""
    try:
        return _answer_to(sent, reply, table)
    except Unreadable:
        if reply.status != 200:
            raise
        return NotProcessed(code="unreadable")


@plants("adapters.gateways.bound:must_be_bound", *SAFE)
def refusal_of_another_request_taken_as_no(reply: Reply, told: Told, key: UUID) -> None:
    """Believes a refusal that nothing binds to its question, as a proxy out of step gives it."""


@plants("domain.payment.decisions.answers:_unclear", *SAFE)
def unreadable_amount_taken_as_no(
    facts: Facts, attempt: Attempt, answer: Unclear, evidence: Evidence, now: datetime
) -> list[PaymentEvent]:
    """Takes a charge for nothing because its amount cannot be read."""
    if attempt.kind != "charge" or not attempt.is_open:
        return []
    return [answers.failure(attempt.key, NotProcessed(code="unreadable"), evidence, now)]


@plants("domain.payment.decisions.charge:next_step", "every_gateway_asked")
def gives_up_after_one_definite_no(payment: Ready, *, now: datetime, jitter: float) -> Ask | Stop:
    """Ends the payment when one gateway definitely refused, though others could be asked."""
    if payment.facts.charges:
        return Stop("no_gateway_available", retryable=True)
    return _next_step(payment, now=now, jitter=jitter)


@plants(
    "domain.payment.decisions.charge:next_step",
    "tries_bounded",
    layers=(START_IN_ANY_NUMBER,),
    weather={"gateway_refuses": 0.9, "unreachable": 0.0, "answer_lost": 0.0},
)
def retry_without_bound(payment: Ready, *, now: datetime, jitter: float) -> Ask | Stop:
    """Asks the gateways in turn for as long as the request has time."""
    order = payment.facts.route.order if payment.facts.route else ()
    if not order or now >= payment.facts.intent.complete_by:
        return Stop("no_gateway_available", retryable=True)
    return Ask(order[len(payment.facts.charges) % len(order)], 0.0)


@plants("domain.payment.decisions.charge:next_step", "no_charge_after_end")
def decline_asks_the_next_gateway(payment: Ready, *, now: datetime, jitter: float) -> Ask | Stop:
    """Takes the no of the payer's own bank for one of the gateway."""
    order = payment.facts.route.order if payment.facts.route else ()
    tried = {one.started.gateway for one in payment.facts.charges}
    fresh = [one for one in order if one not in tried]
    return Ask(fresh[0], 0.0) if fresh else Stop("declined", retryable=False)


@plants(
    "application.payments.consequences:Consequences.of",
    "no_try_after_answer",
    weather={"answer_late": 0.9, "gateway_refuses": 0.9, "answer_lost": 0.0},
)
def background_tries_the_next_gateway(
    self: Consequences,
    payment: Known,
    events: Sequence[PaymentEvent],
    *,
    stop: Stop | None = NOT_CHARGED,
) -> list[PaymentEvent]:
    """Goes on charging in the background when the payer was told 202 and has left."""
    following = _of(self, payment, events, stop=None)
    after = fold(following, payment)
    if stop is None or not isinstance(after, Ready):
        return _of(self, payment, events, stop=stop)
    step = _next_step(after, now=self._desk.clock.now(), jitter=0.0)
    if isinstance(step, Stop):
        return _of(self, payment, events, stop=step)
    gateway = self._desk.gateways.get(step.gateway)

    def digest(key: UUID) -> str:
        return gateway.prepare(charge_request(after.facts.intent, key)).digest

    return [
        *following,
        start_charge(after, target_of(gateway, self._desk.format), self._desk.sender(), digest),
    ]


@plants(
    "domain.payment.decisions.follow_up:cancel",
    "failed_means_not_charged",
    layers=(ANYTHING_GOES,),
)
def cancel_accepted_while_in_flight(
    payment: Known, *, command: CommandRef, sender: Sender
) -> list[PaymentEvent]:
    """Ends the payment at once although a charge is on its way."""
    events = _cancel(payment, command=command, sender=sender)
    if isinstance(payment, InFlight | Unknown):
        events.append(PaymentCanceled(at=sender.now))
    return events
