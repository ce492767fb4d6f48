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


MOVED: Final[dict[e.Means, str]] = {
    "capture": "captured",
    "void": "released",
    "refund": "refunded",
}


def observed_sentence(fact: e.ForeignMovementObserved | e.SuccessReversed, who: str) -> str:
    """What happened at the gateway although nobody asked for it."""
    moved = f"{fact.amount} ({quoted(fact.reference)})"
    match fact:
        case e.ForeignMovementObserved():
            how = HOW_KNOWN[fact.source]
            return f"{who} {MOVED[fact.means]} {moved} under none of our keys, known from {how}."
        case e.CaptureReversed():
            what = "what was captured fell through"
        case _:
            what = "the refund came back"
    return f"{what} at {who}: {moved}, known from {HOW_KNOWN[fact.evidence]}."


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
