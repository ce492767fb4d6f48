"""What becomes of an operation between tries: another try, an end, or a person who must look; and
what waits for a person is looked at, and tried once more while tries are left."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from application.payments.consequences import Consequences
from application.payments.desk import Desk
from application.payments.follow_ups import FollowUps, gateway_may_be_gone
from application.payments.log import Decide, Loaded
from application.ports.gateways import GatewaySilent, GatewayUnreachable
from application.recovery.settle import Settling
from domain.payment.attempt import Operation
from domain.payment.decisions.closing import (
    end_needless,
    goes_on,
    never_given_up,
    operations_between_tries,
)
from domain.payment.decisions.deferring import (
    end_deferred,
    refusal_of,
    review_operation,
    tries_left,
)
from domain.payment.decisions.operations import now_asked_for
from domain.payment.events import PaymentEvent
from domain.payment.state import Known

log = logging.getLogger(__name__)

FOLLOW_UP_BUDGET: Final = timedelta(seconds=30)
LOOKED_AT_MAX: Final = 4  # tries of an operation that waits for a person, beside its last


class BetweenTries:
    def __init__(
        self,
        desk: Desk,
        consequences: Consequences,
        follow_ups: FollowUps,
        settling: Settling,
    ) -> None:
        self._desk = desk
        self._consequences = consequences
        self._follow_ups = follow_ups
        self._settling = settling

    async def wake(self, loaded: Loaded, gateway: str | None) -> None:
        """A gateway that gives notice is there again: what waits for a person is tried once more,
        at most once an hour."""
        rules, now = self._desk.rules, self._desk.clock.now()
        for operation in operations_between_tries(loaded.payment.facts):
            last = loaded.payment.facts.attempts[operation.last_key]
            waits = operation.reviewed_at is not None and goes_on(operation)
            rested = now >= last.since + rules.verify_most
            there = gateway in (None, last.started.gateway)
            if waits and rested and there and tries_left(operation, woken=True):
                with gateway_may_be_gone(loaded.id, log):
                    loaded = await self._try_once_more(loaded, operation)

    async def next_try_or_end(self, loaded: Loaded, operation: Operation) -> Loaded:
        loaded = await self._look_at_the_charge(loaded, operation)
        loaded = await self._review_defer_or_end(loaded, operation.id)
        current = loaded.payment.facts.operations[operation.id]
        if current.state != "open" or not goes_on(operation):  # just deferred: after its pause
            return loaded
        if current.reviewed_at is not None:
            if operation.reviewed_at is None:  # just asked
                return loaded
            loaded = await self._look_at(loaded, current)
            current = loaded.payment.facts.operations[operation.id]
            if current.state != "open" or not tries_left(current):
                return loaded
        return await self._try_once_more(loaded, current)

    async def _try_once_more(self, loaded: Loaded, operation: Operation) -> Loaded:
        send_limit = self._desk.send_limit()
        if not self._is_taken(loaded, operation):
            return loaded
        loaded = await self._follow_ups.start_next(
            loaded, operation.id, self._answer_by(), self._desk.cause(loaded.id)
        )
        return await self.send_what_is_ours(loaded, send_limit)

    async def _look_at_the_charge(self, loaded: Loaded, operation: Operation) -> Loaded:
        """What must be carried to its end and is refused for good may have been done by others, or
        what it is about may stand otherwise by now."""
        facts = loaded.payment.facts
        if not never_given_up(operation) or refusal_of(facts, operation).passing:
            return loaded
        with suppress(GatewaySilent, GatewayUnreachable):
            loaded, _ = await self._settling.look(loaded, operation.charge_key)
        return loaded

    async def _look_at(self, loaded: Loaded, operation: Operation) -> Loaded:
        """Whether what a person was asked to end has ended by itself: its last try, and those of
        its tries that were unknown once."""
        attempts = loaded.payment.facts.attempts
        unknown = [
            one.key for one in attempts.values()
            if one.started.operation == operation.id and one.unknown and not one.stands
        ]  # fmt: skip
        for key in dict.fromkeys((*unknown[-LOOKED_AT_MAX:], operation.last_key)):
            with gateway_may_be_gone(loaded.id, log), suppress(GatewaySilent, GatewayUnreachable):
                loaded, _ = await self._settling.look(loaded, key)
        return loaded

    def _is_taken(self, loaded: Loaded, operation: Operation) -> bool:
        """The gateway may have given up refunds since this one was begun."""
        facts = loaded.payment.facts
        last = facts.attempts[operation.last_key].started
        means, _ = now_asked_for(facts, operation)
        return means != "refund" or self._desk.recorded(last).capabilities.refunds

    async def _review_defer_or_end(self, loaded: Loaded, operation: UUID) -> Loaded:
        """What is asked of a person, or ends, before it is tried once more."""

        def decide(payment: Known) -> list[PaymentEvent]:
            facts, now, rules = payment.facts, self._desk.clock.now(), self._desk.rules
            between = {one.id: one for one in operations_between_tries(facts)}
            current = between.get(operation)
            if current is None:
                return []
            if not goes_on(current):
                over = self._follow_ups.deferred_or_ended(facts, current)
            elif over := end_needless(facts, current, now=now):
                pass
            elif never_given_up(current):
                return review_operation(facts, current, now=now, rules=rules)
            else:
                over = end_deferred(facts, current, now=now, rules=rules)
            return self._consequences.of(payment, over) if over else []

        return await self._change(loaded, decide)

    async def send_what_is_ours(self, loaded: Loaded, send_limit: float) -> Loaded:
        """Read anew: a request of this process may have sent and settled meanwhile what `loaded`
        still shows as unsent, and nothing is sent twice."""
        return await self._follow_ups.carry_out_owned(
            await self._desk.log.load(loaded.id),
            send_limit=send_limit,
            answer_by=self._answer_by(),
            cause=self._desk.cause(loaded.id),
        )

    def _answer_by(self) -> float:
        return self._desk.clock.monotonic() + FOLLOW_UP_BUDGET.total_seconds()

    async def _change(self, loaded: Loaded, decide: Decide) -> Loaded:
        cause = self._desk.cause(loaded.id)
        return await self._desk.log.change(loaded.id, decide, cause=cause, loaded=loaded)
