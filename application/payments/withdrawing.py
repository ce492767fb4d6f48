"""Takes back what was answered "it is not known whether this was recorded" and is found recorded.

The client was told 503; what is stored of the command after that is never sent by this process. It
is said so on the stream, so that nobody has to find out (docs/decisions/0014).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable
from typing import Final
from uuid import UUID

from application.payments.asking import Asking
from application.payments.commands import Envelope
from application.payments.consequences import Consequences
from application.payments.desk import Desk
from application.payments.log import ConflictPersists, UnknownPayment
from application.ports.event_store import PASSING, FateUnknown
from domain.payment.attempt import Attempt
from domain.payment.decisions.answers import record_not_sent
from domain.payment.decisions.charge import Stop
from domain.payment.decisions.closing import give_up
from domain.payment.events import PaymentEvent
from domain.payment.state import Facts, Known

log = logging.getLogger(__name__)

NOT_IN_TIME: Final = Stop("not_completed_in_time", retryable=True)
NOT_SENT: Final = "not_sent"  # why an operation ends that was recorded too late
PAUSES_S: Final = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, *(30.0,) * 119)  # an hour in all


class Withdrawing:
    """One of a process, for all its commands."""

    def __init__(self, desk: Desk, asking: Asking, consequences: Consequences) -> None:
        self._desk = desk
        self._asking = asking
        self._consequences = consequences

    def speaks(self, envelope: Envelope, payment: UUID, failure: Exception) -> Exception:
        """What this failure of the command's first append says of the whole command: while an
        earlier append of it may still be stored, nobody may be told that nothing is recorded."""
        if isinstance(failure, FateUnknown):
            self._follow(envelope.id, payment, failure.settled)
            return failure
        if isinstance(failure, PASSING) and envelope.id in self._asking.withheld:
            return FateUnknown(f"an earlier append of {envelope.id} may still be stored")
        return failure

    def _follow(self, command: UUID, payment: UUID, settled: Awaitable[object] | None) -> None:
        if command in self._asking.withheld:
            return
        self._asking.withheld.add(command)

        async def follow() -> None:
            try:
                if settled is not None:
                    await settled
                await self._withdraw(command, payment, is_settled=settled is not None)
            finally:
                self._asking.withheld.discard(command)

        if not self._desk.behind.start(f"withdraw {command}", follow):
            self._asking.withheld.discard(command)
            log.error("%s is not followed: too much goes on already", command)

    async def _withdraw(self, command: UUID, payment: UUID, *, is_settled: bool) -> None:
        for pause_s in PAUSES_S:
            await self._desk.pause.sleep(pause_s)
            try:
                on_record = await self._take_back(command, payment)
            except (*PASSING, ConflictPersists):
                continue
            if on_record or is_settled:  # settled and not there: it was refused
                return
        log.warning("it was not learned whether %s of %s is stored", command, payment)

    async def _take_back(self, command: UUID, payment: UUID) -> bool:
        """Whether the command is on record; then nothing of it is left to be sent by us."""
        try:
            loaded = await self._desk.log.load(payment)
        except UnknownPayment:
            return False
        if command not in loaded.payment.facts.commands:
            return False

        def decide(current: Known) -> list[PaymentEvent]:
            unsent = self._unsent(current.facts, command)
            return [] if unsent is None else self._taken_back(current, unsent)

        cause = self._desk.cause(command)
        await self._desk.log.change(payment, decide, cause=cause, loaded=loaded)
        return True

    def _unsent(self, facts: Facts, command: UUID) -> Attempt | None:
        """The open try of this command that is ours, and that never left this process."""
        create = facts.intent.command.id == command
        for attempt in facts.attempts.values():
            charges = attempt.started.operation not in facts.operations
            of_it = create if charges else attempt.started.operation == command
            mine = attempt.is_open and attempt.owner == self._desk.owner
            if of_it and mine and not self._asking.has(attempt.key):
                return attempt
        return None

    def _taken_back(self, payment: Known, unsent: Attempt) -> list[PaymentEvent]:
        now = self._desk.clock.now()
        events = record_not_sent(payment.facts, unsent, now=now)
        operation = payment.facts.operations.get(unsent.started.operation)
        if events and operation is not None:
            events += give_up(operation, NOT_SENT, now=now)
        return self._consequences.of(payment, events, stop=NOT_IN_TIME) if events else []


__all__ = ["Withdrawing"]
