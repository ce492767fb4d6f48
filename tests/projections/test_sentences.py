"""Every event of a payment has a sentence that a person can read, and shows no secret."""

from __future__ import annotations

from dataclasses import replace

from domain.payment import events as e
from domain.payment.events import PaymentEvent
from domain.payment.versions import TYPES
from projections.payment_timeline import summary
from projections.payment_timeline.words import QUOTED_CHARS_MAX
from tests.projections.histories import LIVES, SECRET, TEN, Life

LIFE = Life()
KEY = LIFE.key("c1")
AT = LIFE.at

REF = e.CommandRef(id=KEY, name="resolve", fingerprint="f" * 64, api_version="2026-12-01")
NOT_CHARGED = e.OperatorsWord(
    operator="anna", outcome="not_charged", reason="seen there", evidence="ticket 7"
)
WORD = replace(NOT_CHARGED, outcome="charged", reference="ch_1", amount=TEN, captured=False)

# One of each type, and what is said of it.
SENTENCES: list[tuple[PaymentEvent, str]] = [
    (
        LIFE.initiated(),
        "m_1 asked for a payment of 10.00 EUR by card, automatic capture.",
    ),
    (
        LIFE.routed(),
        "Gateways in order: alpha, beta (policy p1); left out: gone (breaker_open).",
    ),
    (LIFE.started(), "Try 1: alpha is asked to charge 10.00 EUR."),
    (
        e.AttemptRepeated(key=KEY, owner="w", send_before=AT, at=AT),
        "alpha is asked once more, under the same key.",
    ),
    (
        e.AttemptTakenOver(key=KEY, owner="w", at=AT),
        "Another worker took over the open request to alpha.",
    ),
    (
        e.AttemptNotSent(key=KEY, at=AT),
        "The request to alpha was never sent: its time had passed.",
    ),
    (
        e.AttemptPending(key=KEY, reference="ch_1", evidence="answer", at=AT),
        "alpha has the request and decides later (ch_1).",
    ),
    (LIFE.succeeded(), "alpha charged 10.00 EUR (ch_1), known from its answer."),
    (
        LIFE.declined(),
        "Declined at alpha: insufficient_funds, network code 51, known from its answer.",
    ),
    (LIFE.broke(), "alpha did nothing: maintenance, known from its answer."),
    (LIFE.unknown(), "Nobody knows what alpha did: timeout."),
    (
        e.LookUpAnswered(key=KEY, answer="absent", at=AT),
        "alpha was looked up and said: absent.",
    ),
    (
        e.ReviewRequested(key=KEY, reason="72 hours", at=AT),
        "A person must look into the request to alpha: 72 hours.",
    ),
    (
        e.ReviewRequested(key=KEY, reason="refunds_not_offered", about="charge", at=AT),
        "A person must give back what alpha took: refunds_not_offered.",
    ),
    (
        e.ResolveProposed(command=REF, key=KEY, review="72 hours", word=WORD, at=AT),
        "Operator anna says that alpha charged 10.00 EUR (ch_1, only held), because: seen there;"
        " evidence: ticket 7. A second operator must say the same.",
    ),
    (
        e.ReviewResolved(
            command=REF, key=KEY, review="72 hours", word=WORD, first="zoe", confirmed=False, at=AT
        ),
        "The review (72 hours) is over: operator anna says that alpha charged 10.00 EUR"
        " (ch_1, only held), because: seen there; evidence: ticket 7 (as zoe said before).",
    ),
    (
        e.ResolveRefused(
            command=REF, key=KEY, word=NOT_CHARGED, code="contradicted", detail="it did", at=AT
        ),
        "Operator anna says that alpha did not charge, because: seen there; evidence: ticket 7:"
        " refused (contradicted: it did).",
    ),
    (
        e.LateSuccessObserved(
            key=KEY, reference="ch_1", amount=TEN, captured=False, evidence="look_up", at=AT
        ),
        "Late success: alpha holds 10.00 EUR after all (ch_1).",
    ),
    (
        e.PaymentFailed(code="no_gateway_available", retryable=False, at=AT),
        "The payment failed: no_gateway_available; trying again will not help.",
    ),
    (
        LIFE.follow_up("k1", e.CaptureStarted, TEN),
        "Try 1: alpha is asked to capture 10.00 EUR.",
    ),
    (
        LIFE.follow_up("v1", e.VoidStarted, TEN),
        "Try 1: alpha is asked to release 10.00 EUR.",
    ),
    (
        LIFE.follow_up("r1", e.RefundStarted, TEN, reason="lost\nparcel"),
        "Try 1: alpha is asked to refund 10.00 EUR because: lost parcel.",
    ),
    (
        LIFE.follow_up("x1", e.CompensationStarted, TEN, means="void"),
        "Try 1: alpha is asked to give back 10.00 EUR.",
    ),
    (
        LIFE.done("k1", e.CaptureSucceeded, TEN),
        "alpha captured 10.00 EUR (ref_k1), known from its answer.",
    ),
    (
        LIFE.done("v1", e.VoidSucceeded, TEN),
        "alpha released 10.00 EUR (ref_v1), known from its answer.",
    ),
    (
        LIFE.done("r1", e.RefundSucceeded, TEN),
        "alpha refunded 10.00 EUR (ref_r1), known from its answer.",
    ),
    (
        LIFE.done("r2", e.LateOperationObserved, TEN),
        "Late success: alpha did it after all: 10.00 EUR (ref_r2), known from its answer.",
    ),
    (
        LIFE.done("x1", e.CompensationSucceeded, TEN),
        "alpha gave back 10.00 EUR (ref_x1), known from its answer.",
    ),
    (
        LIFE.failed_operation("k1", e.CaptureFailed),
        "The capture at alpha failed and moved nothing: not_possible.",
    ),
    (
        LIFE.failed_operation("v1", e.VoidFailed),
        "The release at alpha failed and moved nothing: not_possible.",
    ),
    (
        LIFE.failed_operation("r1", e.RefundFailed),
        "The refund at alpha failed and moved nothing: not_possible.",
    ),
    (
        e.FollowUpDeferred(
            operation=LIFE.key("operation-r1"),
            key=LIFE.key("r1"),
            code="rate_limited",
            message="slow down",
            at=AT,
        ),
        "alpha refused for now (rate_limited): it goes on in the background.",
    ),
    (
        e.ForeignMovementObserved(
            charge_key=KEY,
            means="refund",
            amount=TEN,
            reference="ch_1",
            source="look_up",
            at=AT,
        ),
        "alpha refunded 10.00 EUR (ch_1) under none of our keys, known from a look-up.",
    ),
    (
        e.CaptureReversed(key=KEY, reference="ch_1", amount=TEN, evidence="notice", at=AT),
        "What was captured fell through at alpha: 10.00 EUR (ch_1), known from its signed notice.",
    ),
    (
        e.RefundReversed(key=KEY, reference="re_1", amount=TEN, evidence="report", at=AT),
        "The refund came back at alpha: 10.00 EUR (re_1), known from its settlement report.",
    ),
    (
        e.CancelRequested(command=LIFE.command("cancel"), at=AT),
        "The merchant asked to cancel the payment.",
    ),
    (e.PaymentCanceled(at=AT), "The payment is canceled."),
    (e.PaymentExpired(at=AT), "The payment expired."),
    (
        e.CommandRefused(command=LIFE.command("refund"), code="too_much", detail="", at=AT),
        "The command to refund was refused: too_much.",
    ),
]


def test_every_event_says_what_happened() -> None:
    said = {type(fact).__name__: summary(fact, gateway="alpha") for fact, _ in SENTENCES}
    assert said == {type(fact).__name__: expected for fact, expected in SENTENCES}


def test_no_event_is_without_a_sentence() -> None:
    assert {type(fact).__name__ for fact, _ in SENTENCES} == set(TYPES)


def test_a_gateway_that_nobody_knows_is_still_told_of() -> None:
    assert summary(LIFE.unknown(), gateway=None) == "Nobody knows what the gateway did: timeout."
    assert summary(LIFE.broke(), gateway=None).startswith("The gateway did nothing")


def test_sentences_are_one_bounded_line_and_hold_no_secret() -> None:
    for kind in LIVES:
        for fact in kind(LIFE):
            said = summary(fact, gateway="alpha")
            assert "\n" not in said
            assert SECRET not in said
    long = e.OutcomeUnknown(key=KEY, reason="x " * 9_000, at=AT)
    assert len(summary(long, gateway="alpha")) < QUOTED_CHARS_MAX + 50
