"""Sentences about what operators say of what is under review."""

from __future__ import annotations

from typing import Final

from domain.payment import events as e
from projections.payment_timeline.words import quoted

SAID: Final[dict[e.ReviewOutcome, str]] = {
    "charged": "charged",
    "not_charged": "did not charge",
    "done": "did it:",
    "not_done": "did not do it",
    "given_back": "gave back, by hand,",
    "acknowledged": "was looked into, and nothing is left to settle",
}


def review_sentence(fact: e.ResolveProposed | e.ReviewResolved | e.ResolveRefused, who: str) -> str:
    """Who said what of which gateway, why, and by what evidence."""
    word = fact.word
    held = ", only held" if word.captured is False else ""
    amount = "" if word.amount is None else f" {word.amount}"
    reference = "" if word.reference is None else f" ({quoted(word.reference)}{held})"
    why = f"because: {quoted(word.reason)}; evidence: {quoted(word.evidence)}"
    said = f"{quoted(word.operator)} says that {who} {SAID[word.outcome]}{amount}{reference}, {why}"
    match fact:
        case e.ResolveProposed():
            return f"operator {said}. A second operator must say the same."
        case e.ReviewResolved(first=first):
            with_whom = "" if first is None else f" (as {quoted(first)} said before)"
            return f"the review ({quoted(fact.review)}) is over: operator {said}{with_whom}."
        case e.ResolveRefused():
            return f"operator {said}: refused ({quoted(fact.code)}: {quoted(fact.detail)})."
