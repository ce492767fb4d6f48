"""Bugs of the bounds: captures, voids, refunds, compensations that exceed, are lost or double."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from application.payments.log import Loaded
from application.recovery.carry_on import CarryOn
from domain.gateway.answers import NotProcessed
from domain.money import Money
from domain.payment import kept
from domain.payment.attempt import Hold, Operation
from domain.payment.decisions import answers, closing
from domain.payment.events import PaymentEvent, PaymentExpired
from domain.payment.rules import Rules
from domain.payment.state import Authorized, Captured, Facts, Holding, Known, captured
from tests.simulation.sabotage.planting import Swap, plants

_record_silence = answers.record_silence
_owed = closing.owed
_to_take_back = kept.to_take_back


def no_person_asked(
    facts: Facts, operation: Operation, *, now: datetime, rules: Rules
) -> list[PaymentEvent]:
    """Nobody looks after an operation that is refused for ever."""
    return []


@plants("domain.payment.attempt:Operation.counts", "bounds_in_streams", "bounds_in_books")
def unknown_refund_not_counted(self: Operation) -> bool:
    """Counts an operation only once it succeeded, not while it is open or unknown."""
    return self.state == "succeeded"


@plants("domain.payment.state:refundable", "bounds_in_streams", "bounds_in_books")
def refund_not_checked_against_earlier(payment: Holding) -> Money:
    """Compares a refund with what was captured, and forgets the refunds before it."""
    return captured(payment, settled=True)


@plants("domain.payment.holding:capturable", "bounds_in_streams", "bounds_in_books")
def capture_not_checked_against_earlier(payment: Holding) -> Money:
    """Compares a capture with what was authorized, and forgets the captures before it."""
    hold = payment.hold
    return hold.amount.zero() if hold.captured_at_once else hold.amount


@plants(
    "domain.payment.decisions.follow_up:_open",
    "bounds_in_streams",
)
def void_beside_an_open_capture(facts: Facts, kind: str) -> bool:
    """Does not let capture and void exclude each other while one of them is open."""
    return False


@plants(
    "domain.payment.decisions.answers:record_silence",
    "one_effect",
    weather={"gateway_errs": 0.5, "gateway_declines": 0.0, "gateway_refuses": 0.0},
)
def silent_refund_taken_as_failed(
    facts: Facts, key: UUID, *, reason: str, now: datetime
) -> list[PaymentEvent]:
    """Tries a refund or capture that nobody answered again, under a new key."""
    attempt = facts.attempts[key]
    if attempt.kind == "charge" or not attempt.is_open:
        return _record_silence(facts, key, reason=reason, now=now)
    return [answers.failure(key, NotProcessed(code="timeout"), "answer", now)]


@plants("domain.payment.decisions.closing:owed", "accepted_is_finished", "failed_means_not_charged")
def compensation_forgotten(payment: Known) -> list[Hold]:
    """Gives nothing back when a charge stands that was canceled on its way."""
    return []


@plants(
    "domain.payment.decisions.closing:owed",
    "accepted_is_finished",
    weather={"answer_lost": 0.8, "gateway_refuses": 0.0, "gateway_declines": 0.0},
)
def compensation_of_the_payment_itself_forgotten(payment: Known) -> list[Hold]:
    """Gives back strays and holds, and keeps what was captured though it had been canceled."""
    owed = _owed(payment)
    if isinstance(payment, Captured) and payment.facts.unwanted:
        return [one for one in owed if one != payment.hold]
    return owed


@plants(
    "domain.payment.kept:to_take_back",
    "accepted_is_finished",
    layers=(Swap("domain.payment.decisions.deferring:review_operation", no_person_asked),),
)
def compensation_by_the_wrong_means(
    facts: Facts, hold: Hold
) -> tuple[Literal["void", "refund"], Money] | None:
    """Voids what was captured already, which no gateway can."""
    left = _to_take_back(facts, hold)
    return None if left is None else ("void", left[1])


@plants(
    "application.recovery.carry_on:CarryOn._expire",
    "failed_means_not_charged",
)
async def expired_without_a_void(self: CarryOn, loaded: Loaded) -> Loaded:
    """Trusts its own calendar that the gateway let go of what was held."""

    def decide(payment: Known) -> list[PaymentEvent]:
        lifetime = self._desk.log.lifetime(payment)
        if lifetime is None or not isinstance(payment, Authorized):
            return []
        at = closing.expires_at(payment, lifetime)
        due = at is not None and at <= self._desk.clock.now()
        return [PaymentExpired(at=self._desk.clock.now())] if due else []

    return await self._change(loaded, decide)
