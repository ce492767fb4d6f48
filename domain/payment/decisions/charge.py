"""The charge: whom to ask next, and how asking ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.payment.attempt import Attempt
from domain.payment.decisions.sender import Sender, Target, attempt_key, charge_operation
from domain.payment.events import (
    AttemptDeclined,
    AttemptFailed,
    AttemptNotSent,
    AttemptStarted,
    PaymentCanceled,
    PaymentEvent,
    PaymentFailed,
)
from domain.payment.rules import CHARGE_TRIES_MAX, TRIES_PER_GATEWAY_MAX, NoMoreTries
from domain.payment.state import Facts, Ready

BACK_OFF_FIRST_S = 0.1
BACK_OFF_MOST_S = 2.0


def next_charge_key(facts: Facts) -> tuple[UUID, UUID, int]:
    """(operation, key, number) of the try that would come next."""
    payment = facts.intent.payment
    number = len(facts.charges) + 1
    operation = charge_operation(payment)
    return operation, attempt_key(payment, operation, number), number


def start_charge(
    payment: Ready, target: Target, sender: Sender, digest: Callable[[UUID], str]
) -> AttemptStarted:
    """A new try at this gateway. `digest` gives the hash of the bytes sent under a key.

    Raises NoMoreTries.
    """
    facts = payment.facts
    if facts.cancel is not None or sender.now >= facts.intent.complete_by:
        raise NoMoreTries("the payment is no longer wanted")
    operation, key, number = next_charge_key(facts)
    if number > CHARGE_TRIES_MAX:
        raise NoMoreTries(f"{CHARGE_TRIES_MAX} tries were made")
    return AttemptStarted(
        operation=operation,
        number=number,
        key=key,
        gateway=target.gateway,
        account=target.account,
        endpoint=target.endpoint,
        amount=facts.intent.amount,
        owner=sender.owner,
        send_before=sender.send_before,
        request_hash=digest(key),
        at=sender.now,
        captures=target.captures,
    )


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask this gateway next, after a pause."""

    gateway: str
    wait_s: float


@dataclass(frozen=True, slots=True)
class Stop:
    """Nobody may or can be asked any more."""

    code: str
    retryable: bool


def next_step(payment: Ready, *, now: datetime, jitter: float) -> Ask | Stop:
    """Whom to ask next: first everyone once, in the router's order, then again those that were
    only busy. `jitter` from 0 to 1: full jitter over the exponential back-off."""
    facts = payment.facts
    charges = facts.charges
    if (declined := _declined(facts)) is not None:
        return declined
    if facts.cancel is not None:
        return Stop("canceled", retryable=False)
    if now >= facts.intent.complete_by:
        return Stop("not_completed_in_time", retryable=True)
    if len(charges) >= CHARGE_TRIES_MAX:
        return Stop("no_gateway_available", retryable=True)
    order = facts.route.order if facts.route else ()
    tried = {one.started.gateway for one in charges}
    for gateway in order:
        if gateway not in tried:
            return Ask(gateway, 0.0)
    again = [one for one in order if _may_be_asked_again(one, charges)]
    if not again:
        return Stop("no_gateway_available", retryable=True)
    gateway = min(again, key=lambda one: _tries(one, charges))
    return Ask(gateway, _back_off(gateway, charges, jitter))


def finish(payment: Ready, stop: Stop, *, now: datetime) -> list[PaymentEvent]:
    """The end of a payment that was not charged; a decline is the reason whenever it came."""
    if payment.facts.cancel is not None:
        return [PaymentCanceled(at=now)]
    why = _declined(payment.facts) or stop
    return [PaymentFailed(code=why.code, retryable=why.retryable, at=now)]


def _declined(facts: Facts) -> Stop | None:
    last = facts.charges[-1].verdict if facts.charges else None
    if not isinstance(last, AttemptDeclined):
        return None
    return Stop("declined", retryable=last.advice != "do_not_try_again")


def _tries(gateway: str, charges: list[Attempt]) -> int:
    return sum(1 for one in charges if one.started.gateway == gateway)


def _may_be_asked_again(gateway: str, charges: list[Attempt]) -> bool:
    verdicts = [one.verdict for one in charges if one.started.gateway == gateway]
    if len(verdicts) >= TRIES_PER_GATEWAY_MAX:
        return False
    last = verdicts[-1]
    return isinstance(last, AttemptNotSent) or (isinstance(last, AttemptFailed) and last.transient)


def _back_off(gateway: str, charges: list[Attempt], jitter: float) -> float:
    verdict = next(one.verdict for one in reversed(charges) if one.started.gateway == gateway)
    wished = verdict.retry_after_s if isinstance(verdict, AttemptFailed) else None
    return max(back_off(_tries(gateway, charges), jitter, BACK_OFF_MOST_S), wished or 0.0)


def back_off(tries: int, jitter: float, most_s: float) -> float:
    """Exponential with full jitter: the pause after so many tries, in seconds."""
    return jitter * float(min(most_s, BACK_OFF_FIRST_S * 2 ** (tries - 1)))
