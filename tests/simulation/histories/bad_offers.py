"""Asked for what a gateway does not offer, or put down to it what it does."""

from __future__ import annotations

from tests.simulation.histories.endings import refused, shows_captured, taken
from tests.simulation.histories.follow_ups import refund_of, refunding, refused_refund
from tests.simulation.histories.good_offers import NO_REFUNDS, handed_over
from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import captured
from tests.simulation.histories.story import Story


@bad("only_what_is_offered")
def a_refund_where_none_are_taken() -> History:
    story = Story()
    story.gateway("alpha", refunds=False)
    tale, charge = captured(story)
    refund, asking = refunding(tale, charge, 300)
    refused(refund)
    tale.stored("RefundFailed", operation=refund.operation, code=NO_REFUNDS)
    told = refund_of(tale, refund, "failed")
    failed = {"code": "refund_failed", "refund": told["id"], "payment": told["payment"]}
    asking.answered(402, failed)
    tale.shows("succeeded", refunds=[told], **taken(tale))
    return story.history()


@bad("only_what_is_offered")
def a_refusal_put_down_to_a_gateway_that_takes_refunds() -> History:
    story = Story()
    tale, _ = captured(story)
    refused_refund(tale, 300, NO_REFUNDS).answered(409, {"code": NO_REFUNDS})
    shows_captured(tale)
    return story.history()


@bad("only_what_is_offered")
def a_person_asked_to_give_back_what_a_refund_could() -> History:
    return handed_over(Story())
