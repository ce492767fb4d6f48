"""A try at a gateway as people and merchants see it."""

from __future__ import annotations

from domain.payment.attempt import Attempt
from domain.payment.events import (
    AttemptDeclined,
    AttemptFailed,
    AttemptNotSent,
    AttemptSucceeded,
    OperationSucceeded,
)
from domain.payment.view import View
from domain.payment.when import when


def attempt_view(attempt: Attempt) -> View:
    started, verdict = attempt.started, attempt.verdict
    return {
        "id": f"att_{started.key.hex}",
        "object": "attempt",
        "kind": attempt.kind,
        "number": started.number,
        "gateway": started.gateway,
        "status": _attempt_status(attempt),
        "amount": started.amount.amount,
        "currency": started.amount.currency,
        "idempotency_key": str(started.key),
        "sends": attempt.sends,
        "owner": attempt.owner,
        "reference": getattr(verdict, "reference", None) or attempt.pending,
        "evidence": getattr(verdict, "evidence", None),
        "code": _code(attempt),
        "message": getattr(verdict, "message", None),
        "needs_review": attempt.handed_over or attempt.review,
        "started_at": when(started.at),
        "changed_at": when(attempt.since),
    }


def _attempt_status(attempt: Attempt) -> str:
    match attempt.verdict:
        case None:
            return "unknown" if attempt.unknown else "started"
        case AttemptDeclined():
            return "declined"
        case AttemptFailed() | AttemptNotSent():
            return "errored"
        case AttemptSucceeded(captured=captured):
            return "captured" if captured else "authorized"
        case OperationSucceeded():
            means = getattr(attempt.started, "means", attempt.kind)
            return {"capture": "captured", "void": "voided"}.get(means, "succeeded")


def _code(attempt: Attempt) -> str | None:
    match attempt.verdict:
        case AttemptDeclined(code=code) | AttemptFailed(code=code):
            return code
        case AttemptNotSent():
            return "not_sent"
        case _:
            return None
