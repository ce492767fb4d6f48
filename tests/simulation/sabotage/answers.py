"""Bugs of what clients are told: not what was concluded, not what is stored, not what is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID
from weakref import WeakKeyDictionary

from application.payments.answers import Answer, NotConcluded, rendered
from application.payments.change import ChangePayments, Wish
from application.payments.commands import CreatePayment, Envelope
from application.payments.create import CreatePayments
from application.payments.idempotency import answer_now
from application.payments.log import Cause, Loaded, PaymentLog, UnknownPayment, known
from application.payments.looking import Looking
from application.ports.event_store import StoreFailure, WrongRevision
from domain.payment.attempt import Command
from domain.payment.events import CommandRef, CommandRefused, PaymentEvent
from domain.payment.evolve import fold
from domain.payment.state import Facts, Failed, Known, New, Ready
from tests.simulation.sabotage.failover import START_IN_ANY_NUMBER
from tests.simulation.sabotage.loosened import ANYTHING_GOES
from tests.simulation.sabotage.planting import plants

_change = ChangePayments._change
_create = CreatePayments._create
_append = PaymentLog._append
_now = Looking.now


@plants("application.payments.answers:render", "same_key_same_answer")
def answer_from_the_newest_state(
    events: Sequence[PaymentEvent], command: Command, *, position: int
) -> Answer:
    """Tells a repeat how the payment is now, not what the command had brought about."""
    payment = fold(events)
    if command.concluded is None or isinstance(payment, New):
        raise NotConcluded(str(command.ref.id))
    return rendered(payment, payment.facts.commands[command.ref.id], position=position)


@plants("domain.payment.bookkeeping.common:conclude", "same_key_same_answer")
def concluded_anew(facts: Facts, command: CommandRef | None) -> Facts:
    """Lets what is learned later conclude a command once more."""
    known_before = facts.commands.get(command.id) if command else None
    if known_before is None:
        return facts
    done = replace(known_before, concluded=facts.revision)
    return replace(facts, commands={**facts.commands, done.ref.id: done})


@plants(
    "application.payments.change:ChangePayments._change",
    "acknowledged_in_log",
    "refusal_stands",
)
async def refusal_not_recorded(
    self: ChangePayments,
    envelope: Envelope,
    ref: CommandRef,
    payment: UUID,
    wish: Wish,
    until: float,
) -> Answer:
    """Answers 409 and keeps it in the cache alone, so that a repeat is a new command."""
    loaded = await self._desk.log.load(payment)
    recorded = await self._idempotency.recorded(loaded, envelope, until=until)
    if recorded is not None:
        return recorded
    events = self._grant_or_refuse(loaded.payment, ref, wish)
    if not isinstance(events[-1], CommandRefused):
        return await _change(self, envelope, ref, payment, wish, until)
    after = known(fold(events, loaded.payment))
    return rendered(after, after.facts.commands[ref.id], position=loaded.position)


@plants(
    "application.payments.log:PaymentLog._append", "acknowledged_in_log", "recorded_before_sent"
)
async def answered_before_the_outcome_is_stored(
    self: PaymentLog,
    before: Loaded | None,
    after: Known,
    events: Sequence[PaymentEvent],
    *,
    cause: Cause,
    timeout_s: float | None,
) -> Loaded:
    """Goes on as if an append that failed had been stored: the log "will catch up"."""
    try:
        return await _append(self, before, after, events, cause=cause, timeout_s=timeout_s)
    except WrongRevision:
        raise
    except StoreFailure:
        encoded, digest = self._encode(before, after, events, cause=cause)
        return Loaded(
            payment=after,
            events=(*(before.events if before else ()), *events),
            last_id=encoded[-1].id,
            last_digest=digest,
            position=before.position if before else 1,
        )


@plants("application.payments.log:PaymentLog._append", "acknowledged_in_log", "linearizable")
async def old_position_told(
    self: PaymentLog,
    before: Loaded | None,
    after: Known,
    events: Sequence[PaymentEvent],
    *,
    cause: Cause,
    timeout_s: float | None,
) -> Loaded:
    """Tells the position at which the log was before the append."""
    done = await _append(self, before, after, events, cause=cause, timeout_s=timeout_s)
    return replace(done, position=before.position if before else 0)


@plants(
    "application.payments.create:CreatePayments._carry_out",
    "no_5xx_after_money",
    weather={"append_hangs": 0.3, "append_not_sent": 0.5, "store_busy": 0.5},
)
async def store_failure_told_after_the_charge(
    self: CreatePayments, loaded: Loaded, send_limit: float, until: float
) -> Loaded:
    """Answers 503 where the gateway was asked and its answer could not be stored."""
    return await self._charges.carry_out(
        loaded, send_limit=send_limit, answer_by=until, cause=self._desk.cause(loaded.id)
    )


@plants(
    "application.payments.change:ChangePayments._carry_out",
    "no_5xx_after_money",
    weather={"append_hangs": 0.3, "append_not_sent": 0.5, "store_busy": 0.5},
)
async def store_failure_told_after_the_follow_up(
    self: ChangePayments, loaded: Loaded, operation: UUID, send_limit: float, until: float
) -> Loaded:
    """The same of a capture, a void and a refund."""
    return await self._follow_ups.carry_out(
        loaded,
        operation,
        send_limit=send_limit,
        answer_by=until,
        cause=self._desk.cause(operation),
    )


_seen: WeakKeyDictionary[object, dict[UUID, Loaded]] = WeakKeyDictionary()


@plants("application.payments.looking:Looking.now", "answers_match_stream", "linearizable")
async def payment_cached_by_the_process(self: Looking, merchant: str, payment: UUID) -> Loaded:
    """Reads a stream once per process and shows what it saw then."""
    seen = _seen.setdefault(self._log.store, {})
    if payment not in seen:
        seen[payment] = await _now(self, merchant, payment)
    if seen[payment].payment.facts.intent.merchant != merchant:
        raise UnknownPayment(str(payment))
    return seen[payment]


@plants(
    "application.payments.create:CreatePayments._create",
    "no_charge_after_end",
    layers=(ANYTHING_GOES, START_IN_ANY_NUMBER),
)
async def terminal_state_charged_again(
    self: CreatePayments, command: CreatePayment, until: float
) -> Answer:
    """Charges a failed payment once more when its create is repeated."""
    envelope, desk = command.envelope, self._desk
    try:
        stored = await desk.log.load(envelope.id)
    except UnknownPayment:
        return await _create(self, command, until)
    if not isinstance(stored.payment, Failed):
        return await _create(self, command, until)
    send_limit = desk.send_limit()

    def decide(payment: Known) -> list[PaymentEvent]:
        route = payment.facts.route
        if not isinstance(payment, Failed) or route is None or not route.order:
            return []
        return [self._charges._start(Ready(payment.facts), route.order[0])]

    loaded = await desk.log.change(envelope.id, decide, cause=desk.cause(envelope.id))
    return answer_now(await self._carry_out(loaded, send_limit, until), envelope)
