"""What an operator's word changes in the books: the review that it ends, and its command's answer.

What it settles is told by facts of its own, before it.
"""

from __future__ import annotations

from domain.changed import replace
from domain.payment import events as e
from domain.payment.attempt import Command
from domain.payment.bookkeeping.common import ImpossibleHistory, attempt_of, with_attempt
from domain.payment.state import Facts


def proposed(facts: Facts, event: e.ResolveProposed) -> Facts:
    attempt = attempt_of(facts, event.key)
    facts = _concluded(facts, event.command)
    facts = replace(facts, resolves=facts.resolves + 1)
    return with_attempt(facts, attempt, proposed=event)


def resolved(facts: Facts, event: e.ReviewResolved) -> Facts:
    attempt = attempt_of(facts, event.key)
    if event.review in attempt.resolved:
        raise ImpossibleHistory(f"the review of {event.key} ended before: {event.review}")
    facts = _concluded(facts, event.command)
    ended = {**attempt.resolved, event.review: event}
    return with_attempt(facts, attempt, resolved=ended, proposed=None)


def refused(facts: Facts, event: e.ResolveRefused) -> Facts:
    facts = _concluded(facts, event.command, refused=event.code, detail=event.detail)
    return replace(facts, resolves=facts.resolves + 1)


def _concluded(
    facts: Facts, ref: e.CommandRef, *, refused: str | None = None, detail: str = ""
) -> Facts:
    if ref.id in facts.commands:
        raise ImpossibleHistory(f"the command {ref.id} was recorded before")
    command = Command(
        ref=ref, first=facts.revision, concluded=facts.revision, refused=refused, detail=detail
    )
    return replace(facts, commands={**facts.commands, ref.id: command})
