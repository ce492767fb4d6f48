"""One sentence per event, in the words of the trade, for people who look into a payment.

Pure, and total over the events: a new event without a sentence fails a test.
"""

from __future__ import annotations

from typing import Final

from domain.payment import events as e
from domain.payment.events import PaymentEvent
from projections.payment_timeline.follow_up_sentences import follow_up_sentence, observed_sentence
from projections.payment_timeline.review_sentences import review_sentence
from projections.payment_timeline.words import HOW_KNOWN, NO, quoted, sentence_case

_FOLLOW_UPS: Final = (
    e.FollowUpStarted, e.OperationSucceeded, e.OperationFailed, e.FollowUpDeferred,
)  # fmt: skip


def summary(fact: PaymentEvent, *, gateway: str | None) -> str:
    """One line. `gateway`: the one that the fact's key or operation belongs to, where known."""
    who = "the gateway" if gateway is None else quoted(gateway)
    if isinstance(fact, e.ForeignMovementObserved | e.SuccessReversed):
        return sentence_case(observed_sentence(fact, who))
    if isinstance(fact, _FOLLOW_UPS):
        return sentence_case(follow_up_sentence(fact, who))
    if isinstance(fact, e.ResolveProposed | e.ReviewResolved | e.ResolveRefused):
        return sentence_case(review_sentence(fact, who))
    return sentence_case(_of_charge(fact, who) or _of_payment(fact))


def _of_charge(fact: PaymentEvent, who: str) -> str | None:
    match fact:
        case e.AttemptStarted():
            return f"try {fact.number}: {who} is asked to charge {fact.amount}."
        case e.AttemptRepeated():
            return f"{who} is asked once more, under the same key."
        case e.AttemptTakenOver():
            return f"another worker took over the open request to {who}."
        case e.AttemptNotSent():
            return f"the request to {who} was never sent: its time had passed."
        case e.AttemptPending():
            return f"{who} has the request and decides later ({quoted(fact.reference)})."
        case e.AttemptSucceeded():
            did = "charged" if fact.captured else "holds"
            how = HOW_KNOWN[fact.evidence]
            return f"{who} {did} {fact.amount} ({quoted(fact.reference)}), known from {how}."
        case e.AttemptDeclined():
            network = f", network code {quoted(fact.network_code)}" if fact.network_code else ""
            how = HOW_KNOWN[fact.evidence]
            return f"declined at {who}: {quoted(fact.code)}{network}, known from {how}."
        case e.AttemptFailed():
            return f"{who} did nothing: {quoted(fact.code)}, known from {HOW_KNOWN[fact.evidence]}."
        case e.OutcomeUnknown():
            return f"nobody knows what {who} did: {quoted(fact.reason)}."
        case e.LookUpAnswered():
            return f"{who} was looked up and said: {quoted(fact.answer)}."
        case e.ReviewRequested(about="charge"):
            return f"a person must give back what {who} took: {quoted(fact.reason)}."
        case e.ReviewRequested():
            return f"a person must look into the request to {who}: {quoted(fact.reason)}."
        case e.LateSuccessObserved():
            did = "charged" if fact.captured else "holds"
            return f"late success: {who} {did} {fact.amount} after all ({quoted(fact.reference)})."
        case _:
            return None


def _of_payment(fact: PaymentEvent) -> str:
    match fact:
        case e.PaymentInitiated():
            by = f"by {fact.method.type}, {fact.capture_method} capture"
            return f"{quoted(fact.merchant)} asked for a payment of {fact.amount} {by}."
        case e.RouteDecided():
            return _route(fact)
        case e.PaymentFailed():
            again = "a new payment may be tried" if fact.retryable else "trying again will not help"
            return f"the payment failed: {quoted(fact.code)}; {again}."
        case e.CancelRequested():
            return "the merchant asked to cancel the payment."
        case e.PaymentCanceled():
            return "the payment is canceled."
        case e.PaymentExpired():
            return "the payment expired."
        case e.CommandRefused():
            what, why = fact.command.name, quoted(fact.code)
            detail = f" ({quoted(fact.detail)})" if fact.detail else ""
            return f"the command to {what} was refused: {why}{detail}."
        case _:
            raise TypeError(f"no sentence tells {type(fact).__name__}")


def _route(fact: e.RouteDecided) -> str:
    out = [
        f"{quoted(one.gateway)} ({quoted(one.excluded)})"
        for one in fact.candidates
        if one.excluded is not None
    ]
    order = ", ".join(quoted(name) for name in fact.order) or NO
    left_out = f"; left out: {', '.join(out)}" if out else ""
    return f"gateways in order: {order} (policy {quoted(fact.policy)}){left_out}."
