"""Carries a payment's charge to an end within one request: asks, fails over only after a
definite "not charged", and stops the moment something is unknown.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from application.payments.asking import Asking, Said, charge_request, facts_of
from application.payments.consequences import Consequences
from application.payments.desk import Desk, target_of
from application.payments.follow_ups import FollowUps
from application.payments.log import Cause, Loaded, known
from application.ports.event_store import StoreFailure
from application.ports.gateways import UnknownGateway
from domain.payment.decisions.charge import (
    Ask,
    Stop,
    next_step,
    start_charge,
)
from domain.payment.events import AttemptStarted, PaymentEvent
from domain.payment.evolve import fold
from domain.payment.rules import NoMoreTries
from domain.payment.state import InFlight, Known, Ready

TRY_S_MIN: Final = 1.0  # no new try with less than this left of the budget
OUT_OF_TIME: Final = Stop("no_gateway_available", retryable=True)


class Charges:
    def __init__(
        self, desk: Desk, asking: Asking, consequences: Consequences, follow_ups: FollowUps
    ) -> None:
        self._desk = desk
        self._asking = asking
        self._consequences = consequences
        self._follow_ups = follow_ups

    def _start(self, payment: Ready, gateway: str) -> AttemptStarted:
        """The next try, at this gateway as configured now. Raises NoMoreTries, UnknownGateway."""
        asked = self._desk.gateways.get(gateway)

        def digest(key: UUID) -> str:
            return asked.prepare(charge_request(payment.facts.intent, key)).digest

        return start_charge(
            payment, target_of(asked, self._desk.format), self._desk.sender(), digest
        )

    def first(self, payment: Ready) -> list[PaymentEvent]:
        """What follows the routing: the first try, or the end where nobody can be asked."""
        return self._what_next(payment, None)[0]

    async def carry_out(
        self, loaded: Loaded, *, send_limit: float, answer_by: float, cause: Cause
    ) -> Loaded:
        """Until the payment is charged, ended, pending or unknown. The open try is ours."""
        while (key := self._to_send(loaded)) is not None and self._asking.claim(key):
            said = await self._asking.ask(
                loaded,
                key,
                send_before=send_limit,
                answer_by=answer_by,
                late=self._follow_ups.late(loaded.id, key, cause),
            )
            send_limit = self._desk.send_limit()
            loaded, wait_s = await self._record(loaded, key, said, answer_by, cause)
            if wait_s is not None:
                await self._desk.pause.sleep(wait_s)
                send_limit = self._desk.send_limit()
                loaded = await self._start_after_pause(loaded, answer_by, cause)
        return await self._follow_ups.carry_out_owned(
            loaded, send_limit=send_limit, answer_by=answer_by, cause=cause
        )

    def _to_send(self, loaded: Loaded) -> UUID | None:
        payment = loaded.payment
        if not isinstance(payment, InFlight):
            return None
        attempt = payment.facts.attempts[payment.asked]
        ours = attempt.owner == self._desk.owner and attempt.sends == 1
        return attempt.key if ours and attempt.pending is None else None

    async def _record(
        self, loaded: Loaded, key: UUID, said: Said, answer_by: float, cause: Cause
    ) -> tuple[Loaded, float | None]:
        """Appends the answer and what follows; the pause before the next try, if one follows."""
        wait_s: float | None = None

        def decide(payment: Known) -> list[PaymentEvent]:
            nonlocal wait_s
            events = facts_of(payment, key, said, evidence="answer", desk=self._desk)
            after = known(fold(events, payment))
            wait_s = None
            if isinstance(after, Ready):
                more, wait_s = self._what_next(after, answer_by)
                events += more
            return self._consequences.of(payment, events, stop=None)

        try:
            changed = await self._desk.log.change(
                loaded.id,
                decide,
                cause=cause,
                loaded=loaded,
                timeout_s=self._desk.time_left(answer_by),
            )
        except StoreFailure:
            self._follow_ups.keep(loaded.id, key, said, cause)
            raise
        self._asking.recorded(key)
        return changed, wait_s

    def _what_next(
        self, payment: Ready, answer_by: float | None
    ) -> tuple[list[PaymentEvent], float | None]:
        """Facts that follow at once, and a pause where the next try must wait for it."""
        now, jitter = self._desk.clock.now(), self._desk.chance.uniform()
        step: Ask | Stop = next_step(payment, now=now, jitter=jitter)
        if isinstance(step, Ask):
            left = answer_by - self._desk.clock.monotonic() if answer_by is not None else None
            if left is not None and left - step.wait_s < TRY_S_MIN:
                step = OUT_OF_TIME
            elif step.wait_s > 0:
                return [], step.wait_s
            else:
                return self._start_or_end(payment, step.gateway), None
        return self._consequences.of(payment, [], stop=step), None

    def _start_or_end(self, payment: Ready, gateway: str) -> list[PaymentEvent]:
        try:
            return [self._start(payment, gateway)]
        except (NoMoreTries, UnknownGateway):
            return self._consequences.of(payment, [], stop=OUT_OF_TIME)

    async def _start_after_pause(self, loaded: Loaded, answer_by: float, cause: Cause) -> Loaded:
        """The payment may have changed meanwhile: it is decided anew, without another pause."""

        def decide(payment: Known) -> list[PaymentEvent]:
            if not isinstance(payment, Ready):
                return []
            step: Ask | Stop = next_step(payment, now=self._desk.clock.now(), jitter=0.0)
            if isinstance(step, Ask) and answer_by - self._desk.clock.monotonic() < TRY_S_MIN:
                step = OUT_OF_TIME  # it may have slept longer than it wanted to
            if isinstance(step, Stop):
                return self._consequences.of(payment, [], stop=step)
            return self._start_or_end(payment, step.gateway)

        return await self._desk.log.change(
            loaded.id,
            decide,
            cause=cause,
            loaded=loaded,
            timeout_s=self._desk.time_left(answer_by),
        )
