"""Payments as streams of the event log: load, decide, append at the exact revision."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias
from uuid import UUID

from application.installation.in_force import FormatInForce
from application.payments.offers import Offers
from application.ports.codec import Codec
from application.ports.event_store import (
    READ_EVENTS_MAX,
    EventStore,
    StreamNotWhole,
    WrongRevision,
)
from application.ports.surroundings import Chance, Ids, Pause, Turns
from domain.chain import FIRST, Metadata, decode_metadata, digest
from domain.installation.formats import Format
from domain.log import NO_STREAM, NewEvent, Position, RecordedEvent
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.decisions.due import due_at, due_times
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from domain.payment.places import waits_for
from domain.payment.rules import Rules
from domain.payment.state import Authorized, Captured, Facts, Known, New, Payment

log = logging.getLogger(__name__)

CONFLICT_ROUNDS_MAX: Final = 8
CONFLICT_PAUSE_S: Final = 0.02

Decide: TypeAlias = Callable[[Known], Sequence[PaymentEvent]]


class UnknownPayment(Exception):
    """No such payment; also what another merchant's payment looks like."""


class ConflictPersists(Exception):
    """Others were faster, again and again; nothing of this command was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A payment with the facts that made it, and where the next append must go."""

    payment: Known
    events: tuple[PaymentEvent, ...]
    last_id: UUID
    last_digest: str
    position: Position

    @property
    def id(self) -> UUID:
        return self.payment.facts.intent.payment

    @property
    def revision(self) -> int:
        return self.payment.facts.revision


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Why something is appended: the command behind it and who acts."""

    command: UUID
    actor: str


def stream_of(payment: UUID) -> str:
    return f"payment-{payment}"


def known(payment: Payment) -> Known:
    """Raises ImpossibleHistory for a payment without facts."""
    if isinstance(payment, New):
        raise ImpossibleHistory("a payment without facts")
    return payment


def _owner(facts: Facts) -> str | None:
    """Whose turn it is: the owner of the open try, if there is one."""
    return next((one.owner for one in facts.attempts.values() if one.is_open), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentLog:
    store: EventStore
    codec: Codec
    ids: Ids
    chance: Chance
    pause: Pause
    turns: Turns
    rules: Rules
    offers: Offers
    in_force: FormatInForce

    @property
    def format(self) -> Format:
        """The installation's, now: what may be decided on. Appends raise FormatTooLow."""
        return self.in_force.now

    def due_at(self, payment: Known) -> datetime | None:
        """From when on any worker may carry this payment on."""
        return due_at(payment, rules=self.rules, authorization_lifetime_s=self.lifetime(payment))

    def due_after(self, payment: Known, now: datetime) -> datetime | None:
        """When the next thing is due that is not due by now."""
        lifetime_s = self.lifetime(payment)
        times = due_times(payment, rules=self.rules, authorization_lifetime_s=lifetime_s)
        return min((one for one in times if one > now), default=None)

    async def load(self, payment: UUID, *, conflicted: bool = False) -> Loaded:
        """`conflicted`: an append was refused because of what the stream holds. Raises
        UnknownPayment, StoreUnavailable, ImpossibleHistory, and StreamNotWhole where nothing of
        what conflicted is left to read: the stream lost its past."""
        recorded = await self._read(stream_of(payment))
        if not recorded and conflicted:
            raise StreamNotWhole(f"{stream_of(payment)}: it conflicts, and nothing of it is left")
        if not recorded:
            raise UnknownPayment(str(payment))
        return self._loaded(recorded)

    async def create(
        self, events: Sequence[PaymentEvent], *, cause: Cause, timeout_s: float
    ) -> Loaded:
        """Opens the payment's stream. Raises WrongRevision where it exists, and StoreFailure."""
        payment = known(fold(events))
        return await self._append(None, payment, events, cause=cause, timeout_s=timeout_s)

    async def change(
        self,
        payment: UUID,
        decide: Decide,
        *,
        cause: Cause,
        timeout_s: float | None = None,
        loaded: Loaded | None = None,
    ) -> Loaded:
        """Appends what `decide` makes of the payment; only a true conflict leads to a new
        decision. `decide` may give [], and may raise, which is passed on.

        Raises ConflictPersists, UnknownPayment, StoreFailure.
        """
        async with self.turns.of(stream_of(payment)):
            for tries in range(CONFLICT_ROUNDS_MAX):
                if loaded and tries == 0:
                    current = loaded
                else:
                    current = await self.load(payment, conflicted=tries > 0)
                events = decide(current.payment)
                if not events:
                    return current
                after = known(fold(events, current.payment))
                try:
                    return await self._append(
                        current, after, events, cause=cause, timeout_s=timeout_s
                    )
                except WrongRevision:
                    await self.pause.sleep(self.chance.uniform() * CONFLICT_PAUSE_S * 2**tries)
        raise ConflictPersists(f"{CONFLICT_ROUNDS_MAX} rounds on {payment}")

    async def _read(self, stream: str) -> list[RecordedEvent]:
        recorded = await self.store.read_stream(stream)
        while recorded and len(recorded) % READ_EVENTS_MAX == 0:
            more = await self.store.read_stream(stream, from_revision=len(recorded))
            if not more:
                break
            recorded += more
        for expected, event in enumerate(recorded):
            if event.revision != expected:
                raise ImpossibleHistory(f"{stream}: revision {expected} is missing")
        return recorded

    def _loaded(self, recorded: Sequence[RecordedEvent]) -> Loaded:
        events = tuple(
            self.codec.decode(one.type, decode_metadata(one.metadata).version, one.data)
            for one in recorded
        )
        last = recorded[-1]
        return Loaded(
            payment=known(fold(events)),
            events=events,
            last_id=last.id,
            last_digest=digest(last, stream=last.stream, revision=last.revision),
            position=last.position,
        )

    async def _append(
        self,
        before: Loaded | None,
        after: Known,
        events: Sequence[PaymentEvent],
        *,
        cause: Cause,
        timeout_s: float | None,
    ) -> Loaded:
        stream = stream_of(after.facts.intent.payment)
        expected = before.revision if before else NO_STREAM
        encoded, last_digest = self._encode(before, after, events, cause=cause)
        appended = await self.store.append(stream, expected, encoded, timeout_s=timeout_s)
        if appended.revision != expected + len(encoded):
            # A soft-deleted stream takes a new first event: its payment has a past nobody sees.
            log.critical("%s continues at %s: it was deleted", stream, appended.revision)
            raise StreamNotWhole(f"{stream}: continues at {appended.revision}: it was deleted")
        return Loaded(
            payment=after,
            events=(*(before.events if before else ()), *events),
            last_id=encoded[-1].id,
            last_digest=last_digest,
            position=appended.position,
        )

    def _encode(
        self, before: Loaded | None, after: Known, events: Sequence[PaymentEvent], *, cause: Cause
    ) -> tuple[list[NewEvent], str]:
        """Ids are drawn here, once per logical append; the store keeps them for its repeats."""
        previous = before.last_digest if before else FIRST
        causation = before.last_id if before else cause.command
        revision = before.revision if before else NO_STREAM
        facts = after.facts
        due, gateway, format = self.due_at(after), waits_for(after), self.format
        encoded = []
        for event in events:
            name, version, data = self.codec.encode(event, format=format)
            metadata = Metadata(
                correlation=cause.command,
                causation=causation,
                actor=cause.actor,
                version=version,
                merchant=facts.intent.merchant,
                owner=_owner(facts),
                recover_after=due,
                previous=previous,
                waits_for=None if due is None else gateway,
            ).encode()
            new = NewEvent(id=self.ids.fresh(), type=name, data=data, metadata=metadata)
            revision += 1
            previous = digest(new, stream=stream_of(facts.intent.payment), revision=revision)
            causation = new.id
            encoded.append(new)
        return encoded, previous

    def lifetime(self, payment: Known) -> float | None:
        """For how many seconds what the payment holds is held; None where nothing is."""
        if not isinstance(payment, Authorized | Captured):
            return None
        return self.offers.authorization_lifetime_s(payment.hold)
