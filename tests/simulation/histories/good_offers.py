"""Odd but legal: gateways that offer less than others."""

from __future__ import annotations

from typing import Any, Final

from tests.simulation.histories.endings import authorized, done, found, shows_captured, taken
from tests.simulation.histories.follow_ups import cancels, capturing, refused_refund
from tests.simulation.histories.registry import History, good
from tests.simulation.histories.shapes import captured, unheard
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Tale, Try

NO_REFUNDS: Final = "refunds_not_offered"


def handed_over(story: Story) -> History:
    """Canceled while unknown, found captured: a person is asked to give it back."""
    tale, charge = unheard(story)
    cancels(tale)
    found(charge)
    tale.stored("ReviewRequested", key=charge.key, reason=NO_REFUNDS, about="charge")
    tale.shows("processing", cancel_requested=True, needs_review=True, **taken(tale))
    return story.history()


ONCE: Final = {"several": False, "remainder": "kept"}


def captured_in_part(story: Story, **terms: Any) -> tuple[Tale, Try]:
    """300 of the 1,000 that a gateway holds which captures a hold once."""
    story.gateway("alpha", several_captures=False, remainder=terms["remainder"])
    tale = Tale(story, capture="manual")
    asking = tale.asks()
    charge = tale.begins(captures=terms)
    authorized(charge, asking)
    part, asking = capturing(tale, charge, 300)
    done(part)
    told = tale.shows("partially_captured", amount_capturable=700, **taken(tale, captured=300))
    asking.answered(200, told)  # as 2026-11-01 says it
    tale.shows("partially_captured", amount_capturable=0, **taken(tale, captured=300))
    return tale, charge


@good
def a_hold_that_is_captured_once_and_whose_rest_is_kept() -> History:
    story = Story()
    tale, charge = captured_in_part(story, **ONCE)
    done(tale.operates("void", charge, 700, reason="expired"))
    tale.shows("partially_captured", amount_capturable=0, **taken(tale, captured=300))
    return story.history()


@good
def a_refund_refused_where_none_are_taken() -> History:
    story = Story()
    story.gateway("alpha", refunds=False)
    tale, _ = captured(story)
    refused_refund(tale, 300, NO_REFUNDS).answered(409, {"code": NO_REFUNDS})
    shows_captured(tale)
    return story.history()


@good
def a_charge_that_only_a_person_can_give_back() -> History:
    story = Story()
    story.gateway("alpha", refunds=False)
    return handed_over(story)
