"""Odd but legal: gateways that offer less than others."""

from __future__ import annotations

from typing import Final

from tests.simulation.histories.endings import found, shows_captured, taken
from tests.simulation.histories.follow_ups import cancels, refused_refund
from tests.simulation.histories.registry import History, good
from tests.simulation.histories.shapes import captured, unheard
from tests.simulation.histories.story import Story

NO_REFUNDS: Final = "refunds_not_offered"


def handed_over(story: Story) -> History:
    """Canceled while unknown, found captured: a person is asked to give it back."""
    tale, charge = unheard(story)
    cancels(tale)
    found(charge)
    tale.stored("ReviewRequested", key=charge.key, reason=NO_REFUNDS, about="charge")
    tale.shows("processing", cancel_requested=True, needs_review=True, **taken(tale))
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
