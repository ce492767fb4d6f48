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
from application.recovery.between_tries import BetweenTries
from application.recovery.by_notice import settle_by_notice
from application.recovery.reminding import remind
from application.recovery.settle import OwnerMayBeAlive, Settling
from domain.gateway.claims import Claim
from domain.payment.attempt import Attempt, Operation
from domain.payment.decisions.claiming import doubted
from domain.payment.decisions.closing import (
    expire,
    expires_at,
    operations_between_tries,
)
from domain.payment.decisions.due import (
    attempt_due,
    next_try_at,
    open_attempts,
    pause_between,
)
from domain.payment.events import PaymentEvent
from domain.payment.state import Authorized, Captured, Facts, Known, Ready

log = logging.getLogger(__name__)

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
        self._settling = settling
        self._owner_is_dead = owner_is_dead
        self._between = BetweenTries(desk, consequences, follow_ups, settling)

    async def carry_on(self, payment: UUID) -> CarriedOn:
        """What is at a gateway that is not configured waits, and holds up nothing else. Raises
        UnknownPayment, ImpossibleHistory, StoreFailure."""
        loaded = await self._desk.log.load(payment)
        before, not_before = loaded, None
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
                    loaded = await self._between.next_try_or_end(loaded, operation)
            with gateway_may_be_gone(payment, log):
                loaded = await self._expire(loaded)
            loaded = await self._between.send_what_is_ours(loaded, self._desk.send_limit())
        pause = self._pause_after(loaded.payment)
        remind(before.payment, loaded.payment, pause, self._desk.rules)
        return CarriedOn(loaded.revision > before.revision, not_before, pause)

    def _pause_after(self, payment: Known) -> timedelta:
        """What waits for a day does not hold up what is due before."""
        now, pause = self._desk.clock.now(), pause_between(payment, self._desk.rules)
        next_at = self._desk.log.due_after(payment, now)
        return pause if next_at is None else min(pause, next_at - now)

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
        loaded = await self._between.send_what_is_ours(loaded, send_limit)
        await self._between.wake(loaded, gateway)
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
