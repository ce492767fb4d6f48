"""What is recorded of movements under none of our keys, and of successes that were undone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from domain.gateway.answers import Sums, Undone
from domain.money import Money
from domain.payment.attempt import Attempt, Hold
from domain.payment.bookkeeping import note
from domain.payment.bookkeeping.observed import done_by, means_of
from domain.payment.decisions.operation_answers import ask_about, within_bounds
from domain.payment.events import (
    CaptureReversed,
    ForeignMovementObserved,
    Means,
    MovementSource,
    PaymentEvent,
    RefundReversed,
    ReviewRequested,
)
from domain.payment.events.shapes import Evidence
from domain.payment.kept import kept_unwanted
from domain.payment.state import Facts

OBSERVED_PER_PAYMENT_MAX: Final = 100  # then a gateway that goes on is a person's
TOO_MANY: Final = "too_many_movements"


def record_movement(
    facts: Facts,
    hold: Hold,
    means: Means,
    amount: Money,
    *,
    reference: str,
    source: MovementSource,
    now: datetime,
) -> list[PaymentEvent]:
    """Of a charge that stands. A person is asked where it breaks the bounds."""
    if len(facts.foreign) + len(facts.undone) >= OBSERVED_PER_PAYMENT_MAX:
        return ask_about(facts, hold.key, TOO_MANY, now=now) if facts.is_disturbed(hold.key) else []
    fact = ForeignMovementObserved(
        charge_key=hold.key, means=means, amount=amount, reference=reference, source=source, at=now
    )
    facts = note(facts, fact)
    if within_bounds(facts, hold.key):
        return [fact]
    return [fact, *ask_about(facts, hold.key, "moved_beyond_bounds", now=now)]


def record_sums(
    facts: Facts,
    hold: Hold,
    sums: Sums,
    *,
    before: Facts,
    source: MovementSource,
    now: datetime,
) -> list[PaymentEvent]:
    """What the gateway's three sums of a charge show beyond ours, open amounts counted as done.
    `before`: the payment when the gateway was asked, for its answer knows nothing of what came
    since. Less than ours proves nothing: gateways lag."""
    if sums.currency != hold.amount.currency:
        return []
    told: dict[Means, int] = {
        "capture": sums.captured,
        "void": max(0, hold.amount.amount - sums.authorized),
        "refund": sums.refunded,
    }
    events: list[PaymentEvent] = []
    for means, amount in told.items():
        beyond = amount - max(_ours(one, hold, means) for one in (before, facts))
        if beyond > 0:
            moved = Money(beyond, sums.currency)
            events += record_movement(
                after(facts, events), hold, means, moved,
                reference=hold.reference, source=source, now=now,
            )  # fmt: skip
    return events


def is_hidden(facts: Facts, hold: Hold, sums: Sums) -> bool:
    """What of ours is open may hide what others moved: only when it is settled will the sums tell
    which of the two it was."""
    told: dict[Means, int] = {
        "capture": sums.captured,
        "void": max(0, hold.amount.amount - sums.authorized),
        "refund": sums.refunded,
    }
    return sums.currency == hold.amount.currency and any(
        _settled(facts, hold, means) < amount <= _ours(facts, hold, means)
        for means, amount in told.items()
    )


def _settled(facts: Facts, hold: Hold, means: Means) -> int:
    if means == "capture":
        return facts.taken(hold, settled=True).amount
    return facts.by_means(hold, means, settled=True).amount


def _ours(facts: Facts, hold: Hold, means: Means) -> int:
    if means == "capture":
        return facts.taken(hold, settled=False).amount
    return facts.by_means(hold, means).amount


def after(facts: Facts, events: list[PaymentEvent]) -> Facts:
    """The books with these facts; whether the payment may take them is judged elsewhere."""
    for one in events:
        facts = note(facts, one)
    return facts


def record_undone(
    facts: Facts, attempt: Attempt, answer: Undone, *, evidence: Evidence, now: datetime
) -> list[PaymentEvent]:
    """Of a try that had moved money. What was recorded of it before is not recorded again; a
    person is asked each time, for nobody else can tell what the payer or the merchant has now."""
    did = done_by(facts, attempt)
    if did is None or did.currency != answer.amount.currency:
        return []
    more = min(answer.amount.amount, did.amount) - facts.undone_of(attempt.key)
    if more <= 0 or len(facts.foreign) + len(facts.undone) >= OBSERVED_PER_PAYMENT_MAX:
        return []
    fact = RefundReversed if means_of(attempt) == "refund" else CaptureReversed
    undone = fact(
        key=attempt.key,
        reference=answer.reference,
        amount=Money(more, did.currency),
        evidence=evidence,
        at=now,
    )
    reason = "refund_reversed" if fact is RefundReversed else "capture_reversed"
    return [undone, *_ask(note(facts, undone), attempt, reason, now)]


def _ask(facts: Facts, attempt: Attempt, reason: str, now: datetime) -> list[PaymentEvent]:
    """The charge of a compensation that came back is nobody's but a person's."""
    operation = facts.operations.get(attempt.started.operation)
    charge = None if operation is None else facts.attempts[operation.charge_key]
    if operation is None or operation.kind != "compensation" or charge is None:
        return ask_about(facts, attempt.key, reason, now=now)
    if not kept_unwanted(facts, charge) or charge.handed_over is not None:
        return ask_about(facts, attempt.key, reason, now=now)
    return [ReviewRequested(key=charge.key, reason=reason, about="charge", at=now)]
