"""Who was asked for what in a payment: what later facts leave out because their key says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from domain.log import RecordedEvent
from domain.payment import events as e
from domain.payment.events import PaymentEvent

SETTLES = (
    e.AttemptSucceeded | e.AttemptDeclined | e.AttemptFailed | e.OutcomeUnknown
    | e.AttemptTakenOver | e.AttemptNotSent
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tries:
    """`asked`: gateway by key of the try and by operation. `waiting`: charges without a first
    word about their outcome. `first_word`: the gateway of the charge whose first word the newest
    fact is."""

    method: str
    asked: Mapping[UUID, str]
    waiting: frozenset[UUID]
    first_word: str | None = None


def follow(before: Tries | None, fact: PaymentEvent, event: RecordedEvent) -> Tries:
    """Raises ValueError for a stream that does not start with PaymentInitiated."""
    if before is None:
        if not isinstance(fact, e.PaymentInitiated):
            raise ValueError(f"{event.stream} starts with {event.type}")
        return Tries(method=fact.method.type, asked={}, waiting=frozenset())
    if isinstance(fact, e.Started):
        asked = {**before.asked, fact.key: fact.gateway, fact.operation: fact.gateway}
        charge = {fact.key} if isinstance(fact, e.AttemptStarted) else set()
        return replace(before, asked=asked, waiting=before.waiting | charge, first_word=None)
    if isinstance(fact, SETTLES) and fact.key in before.waiting:
        left = before.waiting - {fact.key}
        return replace(before, waiting=left, first_word=before.asked[fact.key])
    return before if before.first_word is None else replace(before, first_word=None)
