"""The names of the rare states that histories must go through, and of the steps to crash at.

reach.py finds them in a history.
"""

from __future__ import annotations

from typing import Final

API_STEPS: Final = (
    "hot begun", "append PaymentInitiated", "appended PaymentInitiated",
    "send charge", "sent charge", "answered charge", "unanswered charge", "late answer charge",
    "append AttemptSucceeded", "appended AttemptSucceeded",
    "append OutcomeUnknown", "appended OutcomeUnknown", "append AttemptFailed",
    "append AttemptDeclined", "appended AttemptDeclined", "hot conclude",
    "append CaptureStarted", "appended CaptureStarted", "send capture", "sent capture",
    "answered capture", "append CaptureSucceeded", "appended CaptureSucceeded",
    "append RefundStarted", "appended RefundStarted", "send refund", "sent refund",
    "answered refund", "append RefundSucceeded", "appended RefundSucceeded",
    "append CancelRequested", "appended CancelRequested", "send void", "sent void",
    "answered void", "append VoidSucceeded",
)  # fmt: skip
WORKER_STEPS: Final = (
    "hot locked", "append AttemptTakenOver", "appended AttemptTakenOver",
    "look_up", "answered look_up", "cancel", "answered cancel", "append AttemptRepeated",
    "appended AttemptRepeated", "sent charge", "sent refund", "sent void",
    "append CompensationSucceeded", "appended CompensationSucceeded",
    "rows payment_status", "rows stored payment_status", "rows recovery", "rows stored recovery",
)  # fmt: skip
# Where to crash, the seldom reached steps more often than the others.
SELDOM: Final = (
    "unanswered charge", "unanswered charge", "late answer charge", "late answer charge",
    "late answer charge", "late answer charge", "append AttemptDeclined",
    "append AttemptDeclined", "appended AttemptDeclined", "appended AttemptDeclined",
    "append AttemptFailed", "append CaptureStarted", "appended CaptureStarted",
    "send capture", "sent capture", "answered capture", "append CaptureSucceeded",
    "appended CaptureSucceeded", "appended RefundStarted", "answered refund",
    "appended RefundSucceeded", "append CancelRequested", "appended CancelRequested",
    "appended CancelRequested", "send void", "sent void", "answered void",
    "append VoidSucceeded", "append VoidSucceeded",
)  # fmt: skip
SELDOM_AT_WORK: Final = (
    "cancel", "cancel", "answered cancel", "answered cancel", "append AttemptRepeated",
    "appended AttemptRepeated", "append CompensationSucceeded",
    "append CompensationSucceeded", "append CompensationSucceeded",
    "appended CompensationSucceeded", "appended CompensationSucceeded",
    "appended CompensationSucceeded", "appended CompensationSucceeded",
)  # fmt: skip
CRASH_STEPS: Final = {"api": API_STEPS + SELDOM * 3, "worker": WORKER_STEPS + SELDOM_AT_WORK * 3}
MARKS: Final = (
    "append confirmed only after it was sent again", "append landed after its process died",
    "append's fate unknown at its deadline", "process frozen",
    "projection interrupted", "late answer read: charge", "late answer read: refund",
    "late answer read: capture", "too late to send",
)  # fmt: skip
CONFLICTS: Final = (
    "PaymentInitiated", "AttemptSucceeded", "OutcomeUnknown", "AttemptTakenOver",
    "CaptureStarted", "RefundStarted", "CommandRefused", "CancelRequested",
)  # fmt: skip
FAILURES: Final = ("declined", "no_gateway_available", "not_charged")
REFUSALS: Final = (
    "attempt_still_open", "not_capturable", "capture_exceeds_authorized", "not_refundable",
    "refund_exceeds_captured", "not_cancelable", "operation_still_open",
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
)  # fmt: skip
STATES: Final = (
    *(f"crashed before: {one}" for one in dict.fromkeys(API_STEPS + WORKER_STEPS)),
    *(f"conflict lost with {one}" for one in CONFLICTS),
    *MARKS, *FROM_LOG, *FROM_FACTS,
)  # fmt: skip
