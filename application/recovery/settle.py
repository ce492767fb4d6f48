"""Settles tries whose outcome is unknown, by every means that proves something, in this order:
look up, cancel by key, repeat with the same key, wait, hand to a person.

Never starts a new try of a charge: nobody is charged who has left.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from uuid import UUID

from application.payments.asking import Asking, facts_of
from application.payments.consequences import Consequences
from application.payments.desk import Desk
from application.payments.follow_ups import FollowUps
from application.payments.log import Loaded
from application.ports.event_store import StoreFailure
from application.ports.gateways import (
    Gateway,
    GatewaySilent,
    GatewayUnreachable,
    NotOffered,
    UnknownGateway,
)
from domain.gateway.answers import Absent, Authorized, CancelAnswer, Captured, LookedUp
from domain.payment.attempt import Attempt
from domain.payment.decisions.answers import AnswerDoesNotFit, record_not_sent
from domain.payment.decisions.observing import is_hidden
from domain.payment.decisions.settle import (
    OwnerMayBeAlive,
    is_the_clients,
    is_wanted,
    may_repeat,
    repeat,
    review,
    take_over,
)
from domain.payment.decisions.verifying import record_canceled_by_key, record_looked_up
from domain.payment.events import ForeignMovementObserved, PaymentEvent
from domain.payment.kept import standing_charge
from domain.payment.state import Known

log = logging.getLogger(__name__)

ASK_S_MAX: Final = 9.0  # for one look-up, cancellation or repeat


class Settling:
    def __init__(
        self,
        desk: Desk,
        asking: Asking,
        consequences: Consequences,
        follow_ups: FollowUps,
        owner_is_dead: Callable[[str], bool],
    ) -> None:
        self._desk = desk
        self._asking = asking
        self._consequences = consequences
        self._follow_ups = follow_ups
        self._owner_is_dead = owner_is_dead

    async def send_for_client(self, loaded: Loaded, key: UUID, *, answer_by: float) -> Loaded:
        """For a request that repeats the create of a charge of which no send is on record: takes
        the try over and sends it, under its key, where it may be; no append waits for longer than
        the request. Raises as `settle`."""
        attempt = loaded.payment.facts.attempts[key]
        gateway = self._desk.recorded(attempt.started)
        if not may_repeat(
            loaded.payment.facts,
            replace(attempt, unknown=True),  # as it is when it was taken over
            gateway.capabilities,
            owner=attempt.owner,
            now=self._desk.clock.now(),
            asked_again=True,
        ):
            return loaded
        loaded = await self._take_over(loaded, attempt, gateway, answer_by)
        attempt = loaded.payment.facts.attempts[key]
        return await self._send_again(loaded, attempt, gateway, answer_by, asked_again=True)

    async def settle(self, loaded: Loaded, key: UUID) -> Loaded:
        """One round of every means; where its gateway is not configured, a person is all that is
        left. Raises OwnerMayBeAlive where the next means needs the try to be ours and it cannot be
        yet, StoreFailure."""
        first = loaded.payment.facts.attempts[key]
        try:
            gateway = self._desk.recorded(first.started)
        except UnknownGateway as gone:
            log.error("%s waits for a gateway that is not configured: %s", loaded.id, gone)
            return await self._review(loaded, first, None)
        every = (self._look_up, self._take_over, self._cancel, self._repeat, self._review)
        # What the gateway has and is still deciding is nobody's to take over, what a person was
        # asked to settle is his, and what may never have been sent is its client's, who may still
        # repeat his command: only look.
        only_look = first.pending is not None or first.review is not None
        sent_here = first.owner == self._desk.owner and self._asking.has(key)
        if is_the_clients(loaded.payment.facts, first, self._desk.clock.now()) and not sent_here:
            only_look = True
        for means in (self._look_up, self._review) if only_look else every:
            attempt = loaded.payment.facts.attempts[key]
            if not attempt.is_open:
                break
            loaded = await means(loaded, attempt, gateway)
        return loaded

    async def look(self, loaded: Loaded, key: UUID) -> tuple[Loaded, bool]:
        """Only looks, whatever has become of the try. False where the gateway, which says that it
        can be looked up, told nothing of the key, or nothing that fits. Raises UnknownGateway,
        StoreFailure, and GatewaySilent, GatewayUnreachable where there was no answer."""
        attempt = loaded.payment.facts.attempts[key]
        return await self._learn(loaded, attempt, self._desk.recorded(attempt.started))

    async def _look_up(self, loaded: Loaded, attempt: Attempt, gateway: Gateway) -> Loaded:
        try:
            return (await self._learn(loaded, attempt, gateway))[0]
        except (GatewaySilent, GatewayUnreachable):
            return loaded

    async def _learn(
        self, loaded: Loaded, attempt: Attempt, gateway: Gateway
    ) -> tuple[Loaded, bool]:
        """Anybody may look. Only a positive answer is trusted, or absence where it is final."""
        if not gateway.capabilities.look_up:
            return loaded, True  # there is nothing to wait for
        told, observes = True, self._desk.format.allows(ForeignMovementObserved)
        asked_at = self._desk.clock.now()
        try:
            found: LookedUp = await gateway.look_up(
                attempt.key, kind=attempt.means, timeout_s=ASK_S_MAX
            )
        except NotOffered:
            return loaded, False

        def decide(payment: Known) -> list[PaymentEvent]:
            nonlocal told
            told = not isinstance(found, Absent) and not _hides(payment, attempt, found)
            try:
                events = record_looked_up(
                    payment.facts,
                    attempt.key,
                    found,
                    gateway.capabilities,
                    rules=self._desk.rules,
                    asked_at=asked_at,
                    now=self._desk.clock.now(),
                    before=loaded.payment.facts if observes else None,
                )
            except AnswerDoesNotFit as misfit:
                log.warning("look-up of %s at %s: %s", attempt.key, gateway.name, misfit)
                told = False
                return []
            return self._consequences.of(payment, events) if events else []

        return await self._change(loaded, decide), told

    async def _take_over(
        self, loaded: Loaded, attempt: Attempt, _: Gateway, answer_by: float | None = None
    ) -> Loaded:
        """What follows needs the try to be ours: on record, before any gateway is asked. Where it
        was ours, nothing is appended that could collide, and the look-up may have taken long: it
        is read anew."""
        if attempt.owner == self._desk.owner:
            loaded = await self._desk.log.load(loaded.id)

        def decide(payment: Known) -> list[PaymentEvent]:
            current = payment.facts.attempts[attempt.key]
            if not current.is_open:
                return []
            if self._never_left(current):
                events = record_not_sent(payment.facts, current, now=self._desk.clock.now())
                return self._consequences.of(payment, events) if events else []
            return take_over(
                current,
                owner=self._desk.owner,
                now=self._desk.clock.now(),
                rules=self._desk.rules,
                owner_is_dead=self._owner_is_dead(current.owner),
            )

        return await self._change(loaded, decide, answer_by)

    def _never_left(self, attempt: Attempt) -> bool:
        """Ours, its time is over, and nobody of this process ever had it in hand."""
        ours = attempt.owner == self._desk.owner and not attempt.unknown
        over = self._desk.clock.now() > attempt.send_before + self._desk.rules.taken_over_after
        return ours and over and not self._asking.has(attempt.key)

    async def _cancel(self, loaded: Loaded, attempt: Attempt, gateway: Gateway) -> Loaded:
        """Blocks the key where the charge is no longer wanted and the gateway offers it."""
        wanted = is_wanted(loaded.payment.facts, self._desk.clock.now())
        if attempt.kind != "charge" or wanted or not gateway.capabilities.cancel_by_key:
            return loaded
        try:
            answer: CancelAnswer = await gateway.cancel(attempt.key, timeout_s=ASK_S_MAX)
        except (GatewaySilent, GatewayUnreachable, NotOffered):
            return loaded

        def decide(payment: Known) -> list[PaymentEvent]:
            now = self._desk.clock.now()
            events = record_canceled_by_key(payment.facts, attempt.key, answer, now=now)
            return self._consequences.of(payment, events) if events else []

        return await self._change(loaded, decide)

    async def _repeat(self, loaded: Loaded, attempt: Attempt, gateway: Gateway) -> Loaded:
        answer_by = self._desk.clock.monotonic() + ASK_S_MAX
        return await self._send_again(loaded, attempt, gateway, answer_by)

    async def _send_again(
        self,
        loaded: Loaded,
        attempt: Attempt,
        gateway: Gateway,
        answer_by: float,
        *,
        asked_again: bool = False,
    ) -> Loaded:
        """The same bytes under the same key, recorded before they are sent. Where a client has
        `asked_again`, he waits for nothing beyond `answer_by`."""
        send_limit, waits_until = self._desk.send_limit(), answer_by if asked_again else None
        recorded = False

        def decide(payment: Known) -> list[PaymentEvent]:
            nonlocal recorded
            current = payment.facts.attempts[attempt.key]
            recorded = current.is_open and may_repeat(
                payment.facts,
                current,
                gateway.capabilities,
                owner=self._desk.owner,
                now=self._desk.clock.now(),
                asked_again=asked_again,
            )
            return [repeat(current, self._desk.sender())] if recorded else []

        loaded = await self._change(loaded, decide, waits_until)
        if not recorded:
            return loaded
        cause = self._desk.cause(loaded.id)
        said = await self._asking.ask(
            loaded,
            attempt.key,
            send_before=send_limit,
            answer_by=answer_by,
            late=self._follow_ups.late(loaded.id, attempt.key, cause),
        )

        def record(payment: Known) -> list[PaymentEvent]:
            events = facts_of(payment, attempt.key, said, evidence="repeat", desk=self._desk)
            return self._consequences.of(payment, events) if events else []

        try:
            return await self._change(loaded, record, waits_until)
        except StoreFailure:
            if asked_again:
                self._follow_ups.keep(loaded.id, attempt.key, said, cause)
            raise

    async def _review(self, loaded: Loaded, attempt: Attempt, _: Gateway | None) -> Loaded:
        def decide(payment: Known) -> list[PaymentEvent]:
            current = payment.facts.attempts[attempt.key]
            now, rules = self._desk.clock.now(), self._desk.rules
            if not current.is_open or is_the_clients(payment.facts, current, now):
                return []  # nobody has settled it yet because nobody was to
            return review(current, now=now, rules=rules)

        return await self._change(loaded, decide)

    async def _change(
        self,
        loaded: Loaded,
        decide: Callable[[Known], list[PaymentEvent]],
        answer_by: float | None = None,
    ) -> Loaded:
        """`answer_by`: of the request that waits for it, where one does."""
        timeout_s = None if answer_by is None else self._desk.time_left(answer_by)
        return await self._desk.log.change(
            loaded.id,
            decide,
            cause=self._desk.cause(loaded.id),
            loaded=loaded,
            timeout_s=timeout_s,
        )


def _hides(payment: Known, attempt: Attempt, found: LookedUp) -> bool:
    """Of a charge that stands: whoever hinted must come again when what is open is settled."""
    hold = standing_charge(payment.facts, attempt.key)
    if hold is None or not isinstance(found, Captured | Authorized) or found.sums is None:
        return False
    return is_hidden(payment.facts, hold, found.sums)


__all__ = ["OwnerMayBeAlive", "Settling"]
