"""Ends a review by an operator's word: the gateway is asked once more, and what it can tell wins.

Never starts a charge. What the word settles has the consequences that it would have had anyhow:
what stands and nobody wants is given back.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from application.payments.answers import Answer
from application.payments.commands import Envelope, ResolveReview
from application.payments.consequences import NOT_CHARGED, Consequences
from application.payments.desk import Desk
from application.payments.follow_ups import FollowUps
from application.payments.idempotency import Idempotency, answer_now
from application.payments.log import Cause, Loaded, known
from application.payments.withdrawing import Withdrawing
from application.ports.event_store import StoreFailure
from application.ports.gateways import (
    GatewaySilent,
    GatewayUnreachable,
    NotOffered,
    UnknownGateway,
)
from application.recovery.settle import ASK_S_MAX
from domain.gateway.answers import LookedUp
from domain.gateway.capabilities import Capabilities
from domain.payment.attempt import Attempt
from domain.payment.decisions.answers import AnswerDoesNotFit
from domain.payment.decisions.resolve import first_of_two, needs_another, rule
from domain.payment.decisions.verifying import record_looked_up
from domain.payment.events import (
    OperatorsWord,
    PaymentEvent,
    ResolveProposed,
    ResolveRefused,
    ReviewResolved,
)
from domain.payment.evolve import fold
from domain.payment.reviews import NothingToReview, ResolveRejected, named
from domain.payment.rules import RESOLVES_PER_PAYMENT_MAX
from domain.payment.state import Facts, Known

log = logging.getLogger(__name__)

RECORDING_S: Final = 2.0  # of the budget, kept from the gateway


NOTHING_TO_ASK: Final = ("given_back", "acknowledged")  # no look-up tells of it


class GatewayNotHeard(Exception):
    """The gateway, which can be looked up, did not answer now: nothing is decided without it."""


class TooManyResolves(Exception):
    """RESOLVES_PER_PAYMENT_MAX words of operators that ended nothing are on record: no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Of which try (`key`) the gateway was asked, and what it knew; None where it cannot be asked.
    `refused`: it was not even clear whom to ask about what."""

    key: UUID | None
    found: LookedUp | None = None
    capabilities: Capabilities | None = None
    at: datetime
    before: Facts | None = None  # the payment then
    refused: ResolveRejected | None = None


class ResolvePayments:
    def __init__(
        self,
        desk: Desk,
        consequences: Consequences,
        follow_ups: FollowUps,
        idempotency: Idempotency,
        withdrawing: Withdrawing,
    ) -> None:
        self._desk = desk
        self._consequences = consequences
        self._follow_ups = follow_ups
        self._idempotency = idempotency
        self._withdrawing = withdrawing

    async def resolve(self, command: ResolveReview) -> Answer:
        """Raises GatewayNotHeard, TooManyResolves, FormatTooLow, and as any other command of a
        payment; then nothing of it is on record."""
        self._desk.format.require(ReviewResolved)
        until = self._desk.clock.monotonic() + self._desk.rules.latency_budget_s
        return await self._idempotency.once(
            command.envelope, lambda: self._resolve(command, until), until=until
        )

    async def _resolve(self, command: ResolveReview, until: float) -> Answer:
        envelope = command.envelope
        loaded = await self._desk.log.load(command.payment)
        recorded = await self._idempotency.recorded(loaded, envelope, until=until)
        if recorded is not None:
            return recorded
        word = command.word(loaded.payment.facts.intent)
        asked = await self._ask(loaded.payment, command, until)
        send_limit, is_ours = self._desk.send_limit(), False

        def decide(current: Known) -> list[PaymentEvent]:
            nonlocal is_ours
            is_ours = envelope.id not in current.facts.commands
            return self._decide(current, envelope, word, asked) if is_ours else []

        cause = Cause(command=envelope.id, actor=f"operator:{word.operator}")
        try:
            loaded = await self._desk.log.change(
                command.payment,
                decide,
                cause=cause,
                timeout_s=self._desk.time_left(until),
                loaded=loaded,
            )
        except StoreFailure as failure:
            raise self._withdrawing.speaks(envelope, command.payment, failure) from failure
        if not is_ours:  # a twin was faster
            recorded = await self._idempotency.recorded(loaded, envelope, until=until)
            return recorded or answer_now(loaded, envelope)
        answer = answer_now(loaded, envelope)
        await self._give_back(loaded, send_limit, until, cause)
        return answer

    async def _ask(self, payment: Known, command: ResolveReview, until: float) -> _Asked:
        """The gateway, once more, about what is not known to be done. Raises GatewayNotHeard."""
        now, facts = self._desk.clock.now(), payment.facts
        try:
            key = named(payment, command.attempt)
        except ResolveRejected as refused:
            return _Asked(key=None, at=now, refused=refused)
        attempt = facts.attempts.get(key)
        if attempt is None or attempt.stands or command.outcome in NOTHING_TO_ASK:
            return _Asked(key=key, at=now)
        try:
            gateway = self._desk.recorded(attempt.started)
        except UnknownGateway:
            return _Asked(key=key, at=now)
        if not gateway.capabilities.look_up:
            return _Asked(key=key, at=now)
        left = until - RECORDING_S - self._desk.clock.monotonic()
        try:
            found: LookedUp | None = await gateway.look_up(
                key, kind=attempt.means, timeout_s=min(ASK_S_MAX, left)
            )
        except NotOffered:
            found = None
        except (GatewaySilent, GatewayUnreachable) as unheard:
            raise GatewayNotHeard(f"{gateway.name}: {unheard}") from unheard
        return _Asked(key=key, found=found, capabilities=gateway.capabilities, at=now, before=facts)

    def _decide(
        self, payment: Known, envelope: Envelope, word: OperatorsWord, asked: _Asked
    ) -> list[PaymentEvent]:
        ref, now = envelope.ref("resolve"), self._desk.clock.now()
        learned = self._learned(payment, asked)
        after = known(fold(learned, payment))
        try:
            if asked.key is None:
                raise asked.refused or NothingToReview("nothing was named")
            ruling = rule(after, asked.key, word, asked.found, now=now)
        except ResolveRejected as no:
            self._must_have_room(after)
            refused = ResolveRefused(
                command=ref, key=asked.key, word=word, code=no.code, detail=str(no), at=now
            )
            return [*learned, refused]
        attempt, reason = after.facts.attempts[asked.key], ruling.review.reason
        if needs_another(attempt, ruling, word, self._desk.rules):
            self._must_have_room(after)
            proposed = ResolveProposed(
                command=ref, key=attempt.key, review=reason, word=word, at=now
            )
            return [*learned, proposed]
        resolved = ReviewResolved(
            command=ref,
            key=attempt.key,
            review=reason,
            word=word,
            first=first_of_two(attempt, ruling, word, self._desk.rules),
            confirmed=ruling.confirmed,
            at=now,
        )
        settled = self._with_what_follows(after, attempt, ruling.facts)
        ended = known(fold([*settled, resolved], after))
        return [*learned, *settled, resolved, *self._consequences.of(ended, [], stop=None)]

    def _learned(self, payment: Known, asked: _Asked) -> list[PaymentEvent]:
        """What the gateway's answer says by itself, whatever the operator does."""
        if asked.found is None or asked.capabilities is None or asked.key is None:
            return []
        try:
            learned = record_looked_up(
                payment.facts,
                asked.key,
                asked.found,
                asked.capabilities,
                rules=self._desk.rules,
                asked_at=asked.at,
                now=self._desk.clock.now(),
                before=asked.before,
            )
        except AnswerDoesNotFit as misfit:
            log.warning("look-up of %s: %s", asked.key, misfit)
            return []
        return self._with_what_follows(payment, payment.facts.attempts[asked.key], learned)

    def _with_what_follows(
        self, payment: Known, attempt: Attempt, events: list[PaymentEvent]
    ) -> list[PaymentEvent]:
        """A charge that is settled as not charged ends its payment: nobody is charged who left."""
        if not events:
            return []
        stop = NOT_CHARGED if attempt.kind == "charge" and attempt.is_open else None
        return self._consequences.of(payment, events, stop=stop)

    def _must_have_room(self, payment: Known) -> None:
        """Raises TooManyResolves."""
        if payment.facts.resolves >= RESOLVES_PER_PAYMENT_MAX:
            raise TooManyResolves(str(payment.facts.intent.payment))

    async def _give_back(
        self, loaded: Loaded, send_limit: float, until: float, cause: Cause
    ) -> None:
        """What was begun because of this; whatever fails is left to recovery."""
        try:
            await self._follow_ups.carry_out_owned(
                loaded, send_limit=send_limit, answer_by=until, cause=cause
            )
        except Exception:
            log.exception("what follows of resolving %s is left to recovery", loaded.id)
