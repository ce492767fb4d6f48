"""Sentences about what is done to a charge that stands."""

from __future__ import annotations

from typing import Final

from domain.payment import events as e
from projections.payment_timeline.words import HOW_KNOWN, quoted

ASKS: Final[dict[type, str]] = {
    e.CaptureStarted: "capture",
    e.VoidStarted: "release",
    e.RefundStarted: "refund",
    e.CompensationStarted: "give back",
}
DID: Final[dict[type, str]] = {
    e.CaptureSucceeded: "captured",
    e.VoidSucceeded: "released",
    e.RefundSucceeded: "refunded",
    e.CompensationSucceeded: "gave back",
}
FAILED: Final[dict[type, str]] = {
    e.CaptureFailed: "the capture",
    e.VoidFailed: "the release",
    e.RefundFailed: "the refund",
}


def follow_up_sentence(
    fact: e.FollowUpStarted | e.OperationSucceeded | e.OperationFailed | e.FollowUpDeferred,
    who: str,
) -> str:
    match fact:
        case e.FollowUpStarted():
            why = f" because: {quoted(fact.reason)}" if fact.reason else ""
            return f"try {fact.number}: {who} is asked to {ASKS[type(fact)]} {fact.amount}{why}."
        case e.LateOperationObserved():
            how, moved = HOW_KNOWN[fact.evidence], f"{fact.amount} ({quoted(fact.reference)})"
            return f"late success: {who} did it after all: {moved}, known from {how}."
        case e.OperationSucceeded():
            how = HOW_KNOWN[fact.evidence]
            did = DID[type(fact)]
            return f"{who} {did} {fact.amount} ({quoted(fact.reference)}), known from {how}."
        case e.FollowUpDeferred():
            return f"{who} refused for now ({quoted(fact.code)}): it goes on in the background."
        case e.OperationFailed():
            return f"{FAILED[type(fact)]} at {who} failed and moved nothing: {quoted(fact.code)}."
