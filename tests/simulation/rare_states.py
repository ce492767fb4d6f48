"""The names of the rare states that histories must go through, and of the steps to crash at.

reach.py finds them in a history.
"""

from __future__ import annotations

from typing import Final

# Where a process may crash, and how often of all its crashes: the seldom reached steps are aimed at
# more often, so that each is reached in well over 0.1 % of histories.
API_STEPS: Final = {
    "hot begun": 1, "append PaymentInitiated": 1, "appended PaymentInitiated": 1,
    "send charge": 1, "sent charge": 1, "answered charge": 1,
    "unanswered charge": 5, "late answer charge": 16,
    "append AttemptSucceeded": 1, "appended AttemptSucceeded": 1,
    "append OutcomeUnknown": 2, "appended OutcomeUnknown": 1, "append AttemptFailed": 3,
    "append AttemptDeclined": 9, "appended AttemptDeclined": 8, "hot conclude": 1,
    "append CaptureStarted": 5, "appended CaptureStarted": 4, "send capture": 4,
    "sent capture": 4, "answered capture": 5,
    "append CaptureSucceeded": 6, "appended CaptureSucceeded": 6,
    "append RefundStarted": 2, "appended RefundStarted": 2, "send refund": 2, "sent refund": 1,
    "answered refund": 2, "append RefundSucceeded": 2, "appended RefundSucceeded": 2,
    "append CancelRequested": 3, "appended CancelRequested": 3, "send void": 5, "sent void": 3,
    "answered void": 5, "append VoidSucceeded": 6,
}  # fmt: skip
WORKER_STEPS: Final = {
    "hot locked": 1, "append AttemptTakenOver": 3, "appended AttemptTakenOver": 3,
    "look_up": 2, "answered look_up": 2, "cancel": 14, "answered cancel": 15,
    "append AttemptRepeated": 5, "appended AttemptRepeated": 5,
    "sent charge": 1, "sent refund": 2, "sent void": 2,
    "append CompensationSucceeded": 27, "appended CompensationSucceeded": 25,
    "rows payment_status": 1, "rows stored payment_status": 1,
    "rows recovery": 1, "rows stored recovery": 1,
}  # fmt: skip
CRASH_STEPS: Final = {"api": API_STEPS, "worker": WORKER_STEPS}
MARKS: Final = (
    "append confirmed only after it was sent again", "append landed after its process died",
    "append's fate unknown at its deadline", "process frozen", "machine suspended",
    "projection interrupted", "late answer read: charge", "late answer read: refund",
    "late answer read: capture", "too late to send",
    "goes on behind: withdraw", "goes on behind: keep",
    "old read models dropped",
    "answered with another request's refusal", "answered without an amount",
    "looked up beside each other",
)  # fmt: skip
CONFLICTS: Final = (
    "PaymentInitiated", "AttemptSucceeded", "OutcomeUnknown", "AttemptTakenOver",
    "CaptureStarted", "RefundStarted", "CommandRefused", "CancelRequested",
)  # fmt: skip
FAILURES: Final = ("declined", "no_gateway_available", "not_charged")
REFUSALS: Final = (
    "attempt_still_open", "not_capturable", "capture_exceeds_authorized", "not_refundable",
    "refund_exceeds_captured", "not_cancelable", "operation_still_open", "refunds_not_offered",
)  # fmt: skip
PROBLEMS: Final = (
    "in_progress", "idempotency_key_reused", "payment_not_found", "not_recorded", "busy",
    "outcome_of_append_unknown", "store_unavailable", "refund_failed", "capture_failed",
)  # fmt: skip
EVIDENCE: Final = ("look_up", "cancel_by_key", "repeat", "absence", "late_answer")
FROM_LOG: Final = (
    *(f"charge settled by {one}" for one in EVIDENCE),
    *(f"follow-up settled by {one}" for one in ("look_up", "repeat", "absence", "late_answer")),
    *(f"payment failed: {one}" for one in FAILURES),
    *(f"refused: {one}" for one in REFUSALS),
    "cancellation beaten by capture", "late success observed", "compensation", "taken over",
    "taken over twice", "taken over from a dead owner at once", "review requested",
    "failed over to another gateway", "three gateways asked", "tried again at the same gateway",
    "follow-up tried again", "not sent in time", "a repeat not sent in time",
    "pending, then captured", "pending, then declined", "canceled without a charge",
    "canceled by a void", "canceled by giving back", "captured twice", "refunded twice",
    "expired", "expired after a part was captured", "unknown, then a definite no",
    "sent again for its client", "a person must give it back", "taken back after a 503",
    "deferred, then done", "deferred, then failed",
    "four charge tries", "another amount than asked", "refunded after another amount",
)  # fmt: skip
FROM_FACTS: Final = (
    *(f"answered: {one}" for one in PROBLEMS),
    "replayed while the hot state was down", "replayed after the hot state was lost",
    "a refusal replayed", "twins at the same time", "a request arrived at a canceled key",
    "a repeat met its first request in flight", "a copy by the network found the key",
    "answer lost after the money moved", "answer of an error after the money moved",
    "pending canceled by key", "hold lapsed at the gateway", "void of a lapsed hold",
    "sent by an owner that died before the answer",
    "a look-up refused", "a cancellation refused",
    "read models switched", "read models switched while a payment was put off",
    "old read models read after the switch",
    "another reference at each look-up",
    "a lost row of the work list found by a sweep", "a gateway hangs for hours",
)  # fmt: skip
STATES: Final = (
    *(f"crashed before: {one}" for one in API_STEPS | WORKER_STEPS),
    *(f"conflict lost with {one}" for one in CONFLICTS),
    *MARKS, *FROM_LOG, *FROM_FACTS,
)  # fmt: skip
