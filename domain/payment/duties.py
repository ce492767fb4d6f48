"""What waits for a person: the end of everything that a machine carries on and cannot end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.payment.state import Known
from domain.payment.view import needs_review


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """`key`: of the try, or of the charge that must be given back."""

    key: UUID
    reason: str
    since: datetime | None


def open_duties(payment: Known) -> list[Duty]:
    facts = payment.facts
    return [
        Duty(key=one.key, reason=one.handed_over or one.review or "", since=one.reviewed_at)
        for one in facts.attempts.values()
        if needs_review(facts, one)
    ]
