"""Takes a payment up from its stream and does whatever is due: the one entry of recovery.

Any worker may call it at any time, also several at once: the expected revision of each append
is what keeps it right.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

from application.payments.consequences import Consequences
from application.payments.desk import Desk
from application.payments.follow_ups import FollowUps, gateway_may_be_gone
from application.payments.log import Decide, Loaded
from application.ports.gateways import GatewaySilent, GatewayUnreachable
from application.recovery.by_notice import settle_by_notice
from application.recovery.settle import OwnerMayBeAlive, Settling
from domain.gateway.claims import Claim
from domain.payment.attempt import Attempt, Operation
from domain.payment.decisions.claiming import doubted
from domain.payment.decisions.closing import (
    end_needless,
    expire,
    expires_at,
    goes_on,
    never_given_up,
    operations_between_tries,
)
from domain.payment.decisions.deferring import end_deferred, refusal_of, review_operation
from domain.payment.decisions.operations import now_asked_for
from domain.payment.decisions.settle import (
    attempt_due,
    next_try_at,
    open_attempts,
    pause_between,
)
from domain.payment.events import PaymentEvent
from domain.payment.state import Authorized, Captured, Facts, Known, Ready

log = logging.getLogger(__name__)

FOLLOW_UP_BUDGET = timedelta(seconds=30)


LOOK_UPS_PER_HINT_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class CarriedOn:
    """`progressed`: something new is on record. `not_before`: when trying again may help. `pause`:
    the least until the next round."""

    progressed: bool
    not_before: datetime | None
    pause: timedelta


class CarryOn:
    def __init__(
        self,
        desk: Desk,
        consequences: Consequences,
        follow_ups: FollowUps,
        settling: Settling,
        owner_is_dead: Callable[[str], bool],
    ) -> None:
        self._desk = desk
        self._consequences = consequences
        self._follow_ups = follow_ups
        self._settling = settling
        self._owner_is_dead = owner_is_dead

    async def carry_on(self, payment: UUID) -> CarriedOn:
        """What is at a gateway that is not configured waits, and holds up nothing else. Raises
        UnknownPayment, ImpossibleHistory, StoreFailure."""
        loaded = await self._desk.log.load(payment)
        before, not_before = loaded.revision, None
        if self._is_due(loaded.payment):
            for attempt in self._due_attempts(loaded.payment):
                try:
                    with gateway_may_be_gone(payment, log):
                        loaded = await self._settling.settle(loaded, attempt.key)
                except OwnerMayBeAlive as alive:
                    loaded = await self._desk.log.load(payment)
                    not_before = alive.free_at
            loaded = await self._end_what_nobody_carries(loaded)
            for operation in self._due_operations(loaded.payment):
                with gateway_may_be_gone(payment, log):
                    loaded = await self._next_try_or_end(loaded, operation)
            with gateway_may_be_gone(payment, log):
                loaded = await self._expire(loaded)
            loaded = await self._send_what_is_ours(loaded, self._desk.send_limit())
        pause = pause_between(loaded.payment, self._desk.rules)
        return CarriedOn(loaded.revision > before, not_before, pause)

    async def look_now(
        self,
        payment: UUID,
        *,
        gateway: str | None = None,
        claimed: UUID | None = None,
        claim: Claim | None = None,
    ) -> bool:
        """Somebody hinted that a gateway (None: some gateway) knows more: looks up the tries there
        that do not stand, also those that were settled as not charged, beside each other and
        LOOK_UPS_PER_HINT_MAX of them; then what stands where the `claim` may differ from the
        record, for its sums count what those tries did after all. Raises as carry_on.

        False where it did not answer, or knew nothing of the key of which money was `claimed`:
        then whoever hinted must come again, for nobody else looks at what is settled.
        """
        loaded = await self._desk.log.load(payment)
        send_limit = self._desk.send_limit()
        tries = _worth_a_look(loaded.payment.facts, gateway, claimed)
        looks = [partial(self._is_heard, loaded, one.key, claimed) for one in tries]
        heard = await self._desk.pause.for_all(looks)
        if claim is not None and gateway is not None:
            loaded = await self._desk.log.load(payment)
            for key in doubted(loaded.payment.facts, claim, gateway)[:LOOK_UPS_PER_HINT_MAX]:
                heard = [*heard, await self._is_heard(loaded, key, claimed)]
            with gateway_may_be_gone(payment, log):
                loaded = await settle_by_notice(
                    self._desk, self._consequences, loaded, claim, gateway
                )
        await self._send_what_is_ours(loaded, send_limit)
        return all(heard)

    async def _is_heard(self, loaded: Loaded, key: UUID, claimed: UUID | None) -> bool:
        with gateway_may_be_gone(loaded.id, log), suppress(GatewaySilent, GatewayUnreachable):
            _, told = await self._settling.look(loaded, key)
            stands = loaded.payment.facts.attempts[key].stands
            return told or (key != claimed and not stands)
        return False

    def _is_due(self, payment: Known) -> bool:
        """Its time has come, or the process that had it in hand is surely dead."""
        if self._is_orphan(payment):
            return True
        due = self._desk.log.due_at(payment)
        return due is not None and due <= self._desk.clock.now()

    def _due_attempts(self, payment: Known) -> list[Attempt]:
        """Not those whose own pause lasts: another one may be overdue for days."""
        attempts = open_attempts(payment.facts)
        if self._is_orphan(payment):
            return attempts
        rules, now = self._desk.rules, self._desk.clock.now()
        return [one for one in attempts if attempt_due(one, rules) <= now]

    def _due_operations(self, payment: Known) -> list[Operation]:
        """Between tries, and nobody alive pauses before the next one."""
        facts, rules, now = payment.facts, self._desk.rules, self._desk.clock.now()
        return [
            one
            for one in operations_between_tries(facts)
            if next_try_at(facts, one, rules) <= now
            or self._owner_is_dead(facts.attempts[one.last_key].owner)
        ]

    def _is_orphan(self, payment: Known) -> bool:
        """Somebody who is dead had it in hand. What the gateway is deciding is in its hands."""
        facts = payment.facts
        attempts = [one for one in open_attempts(facts) if not one.unknown and one.pending is None]
        hands = [one.owner for one in attempts]
        if isinstance(payment, Ready) and facts.charges:
            hands.append(facts.charges[-1].owner)
        return any(self._owner_is_dead(owner) for owner in hands)

    async def _end_what_nobody_carries(self, loaded: Loaded) -> Loaded:
        """A payment between tries whose request is gone ends; charges nobody wants are given back
        (recorded here, sent below)."""

        def decide(payment: Known) -> list[PaymentEvent]:
            return self._consequences.of(payment, []) if self._is_due(payment) else []

        return await self._change(loaded, decide)

    async def _next_try_or_end(self, loaded: Loaded, operation: Operation) -> Loaded:
        send_limit = self._desk.send_limit()
        loaded = await self._look_at_the_charge(loaded, operation)
        loaded = await self._review_defer_or_end(loaded, operation.id)
        current = loaded.payment.facts.operations[operation.id]
        if current.state != "open" or not goes_on(operation):  # just deferred: after its pause
            return loaded
        if not self._is_taken(loaded, operation):
            return loaded
        loaded = await self._follow_ups.start_next(
            loaded, operation.id, self._answer_by(), self._desk.cause(loaded.id)
        )
        return await self._send_what_is_ours(loaded, send_limit)

    async def _look_at_the_charge(self, loaded: Loaded, operation: Operation) -> Loaded:
        """What must be carried to its end and is refused for good may have been done by others, or
        what it is about may stand otherwise by now."""
        facts = loaded.payment.facts
        if not never_given_up(operation) or refusal_of(facts, operation).passing:
            return loaded
        with suppress(GatewaySilent, GatewayUnreachable):
            loaded, _ = await self._settling.look(loaded, operation.charge_key)
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

    async def _expire(self, loaded: Loaded) -> Loaded:
        def decide(payment: Known) -> list[PaymentEvent]:
            lifetime = self._desk.log.lifetime(payment)
            if lifetime is None or not isinstance(payment, Authorized | Captured):
                return []
            at = expires_at(payment, lifetime)
            if at is None or at > self._desk.clock.now():
                return []
            return [expire(payment, self._desk.sender())]

        return await self._change(loaded, decide)

    async def _send_what_is_ours(self, loaded: Loaded, send_limit: float) -> Loaded:
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


def _worth_a_look(facts: Facts, gateway: str | None, claimed: UUID | None) -> list[Attempt]:
    """Of the tries that do not stand, first the one that is spoken of, then those that are open,
    then the newest: there may be thousands, and a gateway that is looked up is a gateway that
    waits."""
    tries = [one for one in facts.attempts.values() if not one.stands]
    there = [one for one in reversed(tries) if gateway in (None, one.started.gateway)]
    there.sort(key=lambda one: (one.key != claimed, not one.is_open))
    return there[:LOOK_UPS_PER_HINT_MAX]
