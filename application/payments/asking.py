"""Asks a gateway once about one recorded try, and turns every way it can end into facts.

Nothing is sent here that is not in the stream already.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from application.payments.desk import Desk
from application.payments.log import Loaded
from application.ports.gateways import (
    ChargeRequest,
    Gateway,
    GatewayRequest,
    GatewaySilent,
    GatewayUnreachable,
    LateAnswer,
    OperationRequest,
    Prepared,
    Timing,
    TooLateToSend,
)
from domain.gateway.answers import Answer, Declined, NotProcessed
from domain.payment.attempt import Attempt
from domain.payment.decisions.answers import (
    AnswerDoesNotFit,
    record_answer,
    record_not_sent,
    record_silence,
)
from domain.payment.events import FollowUpStarted, PaymentEvent, PaymentInitiated
from domain.payment.events.shapes import Evidence
from domain.payment.state import Facts, Known

KEPT_S: Final = 60.0  # longer than any reading of a stream is acted on
SILENT_MARGIN_S: Final = 0.25  # of the budget, kept for recording that nobody answered


@dataclass(frozen=True, slots=True)
class Silence:
    """Sent, and nothing that can be read came back."""

    reason: str


@dataclass(frozen=True, slots=True)
class NeverSent:
    """Too late to send: nothing left this process. `asked`: the try as it was read."""

    asked: Attempt


Said = Answer | Silence | NeverSent


def request_for(facts: Facts, attempt: Attempt) -> GatewayRequest:
    """The same request for the same try, always."""
    started = attempt.started
    if isinstance(started, FollowUpStarted):
        return OperationRequest(
            key=started.key, kind=attempt.means, charge=started.charge, amount=started.amount
        )
    return charge_request(facts.intent, started.key)


def charge_request(intent: PaymentInitiated, key: UUID) -> ChargeRequest:
    return ChargeRequest(
        key=key,
        payment=intent.payment,
        amount=intent.amount,
        method=intent.method,
        capture=intent.capture_method == "automatic",
    )


class Asking:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._claimed: set[UUID] = set()
        self._recorded: deque[tuple[float, UUID]] = deque()  # (when to forget it, key)
        self.withheld: set[UUID] = set()  # commands that were answered 503: nothing of them is sent

    def claim(self, key: UUID) -> bool:
        """One sender per try within this process: False when somebody has or had it in hand. A
        claim ends KEPT_S after the outcome was put on record, for whoever read the stream before
        that still takes the try for unsent; while it cannot be recorded, it stays."""
        now = self._desk.clock.monotonic()
        while self._recorded and self._recorded[0][0] <= now:
            self._claimed.discard(self._recorded.popleft()[1])
        if key in self._claimed:
            return False
        self._claimed.add(key)
        return True

    def has(self, key: UUID) -> bool:
        """Whether somebody of this process has or had the try in hand."""
        return key in self._claimed

    def recorded(self, key: UUID) -> None:
        self._recorded.append((self._desk.clock.monotonic() + KEPT_S, key))

    async def ask(
        self,
        loaded: Loaded,
        key: UUID,
        *,
        send_before: float,
        answer_by: float,
        late: LateAnswer,
    ) -> Said:
        """Sends the try's request once. Both deadlines are on Clock.monotonic(); what the stream
        names as `send_before` holds as well, for others act on it."""
        facts = loaded.payment.facts
        attempt = facts.attempts[key]
        left = attempt.send_before - self._desk.clock.now()
        send_before = min(send_before, self._desk.clock.monotonic() + left.total_seconds())
        gateway = self._desk.recorded(attempt.started)
        prepared = gateway.prepare(request_for(facts, attempt))
        if prepared.digest != attempt.started.request_hash:
            return NeverSent(attempt)  # other bytes under the same key are another request
        try:
            said = await self._send(
                gateway, prepared, send_before=send_before, not_after=attempt.send_before,
                answer_by=answer_by, late=late,
            )  # fmt: skip
        except TooLateToSend:
            return NeverSent(attempt)
        if attempt.kind == "charge":
            await self._learn(attempt, facts, said)
        return said

    async def _send(
        self,
        gateway: Gateway,
        prepared: Prepared,
        *,
        send_before: float,
        not_after: datetime,
        answer_by: float,
        late: LateAnswer,
    ) -> Answer | Silence:
        """Raises TooLateToSend."""
        now = self._desk.clock.monotonic()
        timing = Timing(
            send_before=send_before,
            not_after=not_after,
            answer_within_s=max(0.05, answer_by - now - SILENT_MARGIN_S),
            late_answer_within_s=self._desk.rules.answer_within.total_seconds(),
        )
        try:
            return await gateway.send(prepared, timing=timing, late=late)
        except GatewayUnreachable as refused:
            return NotProcessed(code="unreachable", message=str(refused))
        except GatewaySilent as silent:
            return Silence(str(silent) or "no answer in time")

    async def _learn(self, attempt: Attempt, facts: Facts, said: Answer | Silence) -> None:
        if isinstance(said, Declined):
            return  # the payer's bank said no: not the gateway's fault
        ok = not isinstance(said, Silence | NotProcessed)
        method = facts.intent.method.type
        now = self._desk.clock.now()
        await self._desk.router.learn(attempt.started.gateway, method, ok=ok, at=now)


def facts_of(
    payment: Known, key: UUID, said: Said, *, evidence: Evidence, desk: Desk
) -> list[PaymentEvent]:
    """What this end of the asking adds to the payment as it stands now."""
    facts, now = payment.facts, desk.clock.now()
    match said:
        case Silence(reason=reason):
            return record_silence(facts, key, reason=reason, now=now)
        case NeverSent(asked=asked):
            return record_not_sent(facts, asked, now=now)
        case answer:
            try:
                return record_answer(facts, key, answer, evidence=evidence, now=now)
            except AnswerDoesNotFit as misfit:
                return record_silence(facts, key, reason=str(misfit), now=now)
