"""Beginnings that many histories share."""

from __future__ import annotations

from typing import Any

from tests.simulation.histories.asking import Asking
from tests.simulation.histories.endings import authorized, paid, refused
from tests.simulation.histories.story import Story
from tests.simulation.histories.tale import Request, Tale, Try


def begun(story: Story, **members: Any) -> tuple[Tale, Try, Asking]:
    """Asked, and the first try is on record; not sent yet."""
    tale = Tale(story, **members)
    asking = tale.asks()
    return tale, tale.begins(), asking


def captured(story: Story, **members: Any) -> tuple[Tale, Try]:
    """Asked, charged at once, answered 201."""
    tale, charge, asking = begun(story, **members)
    paid(charge, asking)
    return tale, charge


def held(story: Story, **members: Any) -> tuple[Tale, Try]:
    """Asked, authorized, answered 201."""
    tale, charge, asking = begun(story, capture="manual", **members)
    authorized(charge, asking)
    return tale, charge


def unheard(story: Story, *, booked: str | None = "captured", **members: Any) -> tuple[Tale, Try]:
    """Asked and sent, `booked` by the gateway (None: lost on the way there), never heard of,
    answered 202."""
    tale, charge, asking = begun(story, **members)
    request = charge.sent()
    if booked:
        request.booked(booked).replied(arrives=False)
    story.wait(8.0)
    charge.unknown()
    asking.answered(202, tale.shows("pending_verification"))
    return tale, charge


def pending(story: Story) -> tuple[Tale, Try, Request]:
    """Asked, sent, in the works at the gateway, answered 202; a minute ago."""
    tale, charge, asking = begun(story)
    request = charge.sent().booked("pending").replied()
    charge.tells("AttemptPending", reference="ref", evidence="answer")
    asking.answered(202, tale.shows("processing"))
    story.wait(60.0)
    return tale, charge, request


def failing(story: Story, **members: Any) -> tuple[Tale, Try, Asking]:
    """Asked, and refused by the first gateway for this request alone; not answered yet."""
    tale, charge, asking = begun(story, **members)
    refused(charge)
    return tale, charge, asking
