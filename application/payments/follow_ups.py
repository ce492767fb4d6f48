"""Carries a recorded capture, void, refund or compensation to its end, as far as one request can.

What stays open or unknown is left to settle.py. Never decides that one should be made.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from application.payments.asking import Asking, Said, facts_of
from application.payments.consequences import Consequences
from application.payments.desk import Desk
from application.payments.log import Cause, ConflictPersists, Decide, Loaded
from application.ports.event_store import PASSING, StoreFailure
from application.ports.gateways import UnknownGateway
from domain.payment.attempt import Attempt, Operation
from domain.payment.decisions.charge import back_off
from domain.payment.decisions.closing import give_up, never_given_up
from domain.payment.decisions.deferring import defer, refusal_of
from domain.payment.decisions.operations import try_again
from domain.payment.events import AttemptFailed, AttemptNotSent, FollowUpDeferred, PaymentEvent
from domain.payment.rules import FOLLOW_UP_TRIES_IN_REQUEST_MAX
from domain.payment.state import Facts, Known

log = logging.getLogger(__name__)

BACK_OFF_MOST_S: Final = 2.0
KEEP_PAUSES_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0, 30.0)


class FollowUps:
    def __init__(self, desk: Desk, asking: Asking, consequences: Consequences) -> None:
        self._desk = desk
        self._asking = asking
        self._consequences = consequences

    async def carry_out(
        self, loaded: Loaded, operation: UUID, *, send_limit: float, answer_by: float, cause: Cause
    ) -> Loaded:
        """Asks, and asks again after a definite and passing no, until the operation is over, its
        fate is unknown, or time is up. `send_limit` belongs to the try that is open now."""
        while (attempt := self._to_send(loaded, operation)) is not None:
            if not self._asking.claim(attempt.key):
                break
            loaded = await self._ask_once(
                loaded, attempt, send_limit=send_limit, answer_by=answer_by, cause=cause
            )
            current, attempt = _last(loaded, operation)
            if current.state != "open" or attempt.is_open:
                break
            wait_s = self._wait_before_next(current, attempt, answer_by)
            if wait_s is None:
                return await self._defer_or_end(loaded, operation, answer_by, cause)
            await self._desk.pause.sleep(wait_s)
            send_limit = self._desk.send_limit()
            loaded = await self.start_next(loaded, operation, answer_by, cause)
        return loaded

    async def carry_out_owned(
        self, loaded: Loaded, *, send_limit: float, answer_by: float, cause: Cause
    ) -> Loaded:
        """Every operation that this process has on record and has not sent yet. One whose gateway
        is gone is left to recovery and holds up no other."""
        for operation in loaded.payment.facts.operations:
            with gateway_may_be_gone(loaded.id, log):
                loaded = await self.carry_out(
                    loaded, operation, send_limit=send_limit, answer_by=answer_by, cause=cause
                )
        return loaded

    async def start_next(
        self, loaded: Loaded, operation: UUID, answer_by: float, cause: Cause
    ) -> Loaded:
        """Puts the next try of an operation between tries on record, with this process as owner."""

        def decide(payment: Known) -> list[PaymentEvent]:
            current = payment.facts.operations[operation]
            attempt = payment.facts.attempts[current.last_key]
            if current.state != "open" or attempt.is_open:
                return []  # somebody else was here
            return [try_again(payment.facts, current, self._desk.sender())]

        return await self._change(loaded, decide, answer_by, cause)

    def keep(self, payment: UUID, key: UUID, said: Said, cause: Cause) -> None:
        """Goes on putting on record, behind its request, what became of a send: where it stays
        unsaid, nobody else may send the charge again."""

        async def keep() -> None:
            await self.late(payment, key, cause)(said)
            self._asking.recorded(key)

        if not self._desk.behind.start(f"keep {key}", keep):
            log.error("%s: what became of %s is left to recovery", payment, key)

    def late(
        self, payment: UUID, key: UUID, cause: Cause
    ) -> Callable[[Said], Coroutine[Any, Any, None]]:
        """Takes an answer that comes after its request was given up."""

        async def take(answer: Said) -> None:
            send_limit, answer_by = 0.0, 0.0

            def decide(current: Known) -> list[PaymentEvent]:
                nonlocal send_limit, answer_by
                send_limit = self._desk.send_limit()
                answer_by = self._desk.clock.monotonic() + self._desk.rules.latency_budget_s
                events = facts_of(current, key, answer, evidence="late_answer", desk=self._desk)
                return self._consequences.of(current, events) if events else []

            loaded = await self._keep(payment, decide, cause)
            await self.carry_out_owned(
                loaded, send_limit=send_limit, answer_by=answer_by, cause=cause
            )

        return take

    async def _keep(self, payment: UUID, decide: Decide, cause: Cause) -> Loaded:
        """Puts on record what is told only once, and may be known to nobody else: not the first
        failure of the log ends it."""
        for pause_s in KEEP_PAUSES_S:
            try:
                return await self._desk.log.change(payment, decide, cause=cause)
            except (*PASSING, ConflictPersists) as failure:
                log.warning("a late answer of %s is not on record yet: %s", payment, failure)
            await self._desk.pause.sleep(pause_s)
        return await self._desk.log.change(payment, decide, cause=cause)

    async def _ask_once(
        self,
        loaded: Loaded,
        attempt: Attempt,
        *,
        send_limit: float,
        answer_by: float,
        cause: Cause,
    ) -> Loaded:
        said: Said = await self._asking.ask(
            loaded,
            attempt.key,
            send_before=send_limit,
            answer_by=answer_by,
            late=self.late(loaded.id, attempt.key, cause),
        )

        def record(payment: Known) -> list[PaymentEvent]:
            events = facts_of(payment, attempt.key, said, evidence="answer", desk=self._desk)
            return self._consequences.of(payment, events, stop=None)

        try:
            changed = await self._change(loaded, record, answer_by, cause)
        except StoreFailure:
            self.keep(loaded.id, attempt.key, said, cause)
            raise
        self._asking.recorded(attempt.key)
        return changed

    def _to_send(self, loaded: Loaded, operation: UUID) -> Attempt | None:
        """The try that is open, ours, and was never sent by anybody."""
        current, attempt = _last(loaded, operation)
        fresh = attempt.is_open and not attempt.unknown and attempt.pending is None
        ours = attempt.owner == self._desk.owner and attempt.sends == 1
        if operation in self._asking.withheld:  # an operation that was asked for bears its id
            return None
        return attempt if current.state == "open" and fresh and ours else None

    def _wait_before_next(
        self, operation: Operation, attempt: Attempt, answer_by: float
    ) -> float | None:
        verdict = attempt.verdict
        passing = isinstance(verdict, AttemptNotSent) or (
            isinstance(verdict, AttemptFailed) and verdict.transient
        )
        if not passing or operation.tries >= FOLLOW_UP_TRIES_IN_REQUEST_MAX:
            return None
        wished = verdict.retry_after_s if isinstance(verdict, AttemptFailed) else None
        jitter = self._desk.chance.uniform()
        wait_s = max(back_off(operation.tries, jitter, BACK_OFF_MOST_S), wished or 0.0)
        return wait_s if self._desk.clock.monotonic() + wait_s < answer_by - 1.0 else None

    async def _defer_or_end(
        self, loaded: Loaded, operation: UUID, answer_by: float, cause: Cause
    ) -> Loaded:
        def decide(payment: Known) -> list[PaymentEvent]:
            current = payment.facts.operations[operation]
            attempt = payment.facts.attempts[current.last_key]
            if current.state != "open" or attempt.is_open:
                return []
            ended = self.deferred_or_ended(payment.facts, current)
            return self._consequences.of(payment, ended, stop=None) if ended else []

        return await self._change(loaded, decide, answer_by, cause)

    def deferred_or_ended(self, facts: Facts, operation: Operation) -> list[PaymentEvent]:
        """What becomes of an operation between tries that no request carries on: it goes on in the
        background where its refusal passes, else it is over."""
        now, why = self._desk.clock.now(), refusal_of(facts, operation)
        if never_given_up(operation) or (operation.deferred is not None and why.passing):
            return []
        if self._desk.format.allows(FollowUpDeferred):
            deferred = defer(facts, operation, now=now)
            if deferred:
                return deferred
        return give_up(operation, why.code, now=now)

    async def _change(
        self, loaded: Loaded, decide: Decide, answer_by: float, cause: Cause
    ) -> Loaded:
        return await self._desk.log.change(
            loaded.id,
            decide,
            cause=cause,
            loaded=loaded,
            timeout_s=self._desk.time_left(answer_by),
        )


@contextmanager
def gateway_may_be_gone(payment: UUID, log: logging.Logger) -> Iterator[None]:
    """Says which gateway is gone, and goes on: what is there is still due when it is back."""
    try:
        yield
    except UnknownGateway as gone:
        log.error("%s waits for a gateway that is not configured: %s", payment, gone)


def _last(loaded: Loaded, operation: UUID) -> tuple[Operation, Attempt]:
    facts = loaded.payment.facts
    current = facts.operations[operation]
    return current, facts.attempts[current.last_key]
