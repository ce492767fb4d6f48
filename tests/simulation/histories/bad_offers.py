"""Asked for what a gateway does not offer, or put down to it what it does."""

from __future__ import annotations

from tests.simulation.histories.endings import done, paid, refused, shows_captured, taken
from tests.simulation.histories.follow_ups import capturing, refund_of, refunding, refused_refund
from tests.simulation.histories.good_offers import NO_REFUNDS, ONCE, captured_in_part, handed_over
from tests.simulation.histories.registry import History, bad
from tests.simulation.histories.shapes import begun, captured
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale


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


@bad("only_what_is_offered")
def a_second_capture_where_one_is_taken() -> History:
    story = Story()
    tale, charge = captured_in_part(story, **ONCE)
    part, asking = capturing(tale, charge, 700, key="capture-2")
    done(part)
    asking.answered(200, shows_captured(tale))
    return story.history()


@bad("only_what_is_offered")
def a_void_of_what_the_gateway_let_go_of() -> History:
    story = Story()
    tale, charge = captured_in_part(story, several=False, remainder="released")
    done(tale.operates("void", charge, 700, reason="expired"))
    tale.shows("partially_captured", amount_capturable=0, **taken(tale, captured=300))
    return story.history()


@bad("only_what_is_offered")
def terms_on_record_that_nobody_declared() -> History:
    story = Story()
    tale = Tale(story)
    asking = tale.asks()
    paid(tale.begins(captures={"several": True, "remainder": "released"}), asking)
    return story.history()


@bad("answers_match_stream")
def a_rest_is_offered_that_no_command_may_take() -> History:
    story = Story()
    tale, _ = captured_in_part(story, **ONCE)
    tale.shows("partially_captured", amount_capturable=700, **taken(tale, captured=300))
    return story.history()


@bad("answers_match_stream", "rows_equal_fold")
def another_amount_is_taken_and_nobody_is_asked_to_look() -> History:
    story = Story()
    tale, charge, asking = begun(story)
    charge.sent().booked("captured", amount=1_100).replied()
    charge.succeeded(amount=1_100)
    amounts = {"amount_authorized": 1_100, "amount_captured": 1_100, "amount_refunded": 0}
    asking.answered(201, tale.shows("conflicted", **amounts))
    return story.history()
