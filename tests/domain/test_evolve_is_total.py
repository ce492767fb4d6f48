"""Whatever is written in a stream: `evolve` knows what it means, or says that it cannot be."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.payment.attempt import Attempt
from domain.payment.attempt_view import attempt_view
from domain.payment.bookkeeping import ImpossibleHistory
from domain.payment.decisions.due import due_at
from domain.payment.events import PaymentEvent
from domain.payment.evolve import evolve, fold
from domain.payment.rules import Rules
from domain.payment.state import Authorized, Captured, Conflicted, New, Payment, status
from domain.payment.view import payment_view
from tests.domain.test_transitions import WORDS
from tests.domain.walk import POOL

ATTEMPT_WORDS = {"started", "authorized", "captured", "declined", "errored", "unknown", "voided"}
REFUND_WORDS = {"pending", "succeeded", "failed", "unknown"}


def taken(events: list[PaymentEvent]) -> tuple[Payment, list[PaymentEvent]]:
    """The payment after those of the facts that are possible, and these."""
    payment: Payment = New()
    kept = []
    for event in events:
        try:
            payment = evolve(payment, event)
        except ImpossibleHistory:
            continue
        kept.append(event)
    return payment, kept


def check(attempt: Attempt) -> None:
    allowed = ATTEMPT_WORDS | (set() if attempt.kind == "charge" else {"succeeded"})
    assert attempt_view(attempt)["status"] in allowed
    assert attempt.sends >= (1 if attempt.is_open else 0)


@settings(max_examples=200)
@given(st.lists(st.sampled_from(POOL), min_size=20, max_size=60))
def test_every_sequence_is_a_payment_or_impossible(events: list[PaymentEvent]) -> None:
    payment, kept = taken([*POOL[:2], *events])

    assert not isinstance(payment, New)
    assert payment == fold(kept)
    assert payment.facts.revision == len(kept) - 1
    view = payment_view(payment)
    assert view["status"] == status(payment)
    assert view["status"] in WORDS
    assert all(one["status"] in REFUND_WORDS for one in view["refunds"])
    for attempt in payment.facts.attempts.values():
        check(attempt)
    if isinstance(payment, Authorized | Captured | Conflicted):
        assert 0 <= view["amount_capturable"] <= view["amount_authorized"]
    due_at(payment, rules=Rules(), authorization_lifetime_s=3600)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(POOL), max_size=8))
def test_no_other_failure_than_impossible_history(events: list[PaymentEvent]) -> None:
    payment: Payment = New()
    for event in events:
        try:
            payment = evolve(payment, event)
        except ImpossibleHistory:
            return
    assert payment == fold(events)
