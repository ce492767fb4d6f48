"""The one table of what may happen: nothing in it is idle, and nothing happens beside it."""

from __future__ import annotations

from functools import cache
from typing import get_args

import pytest

from domain.payment import events as e
from domain.payment import state as s
from domain.payment.events import PaymentEvent
from domain.payment.transitions import (
    COMPENSATIONS,
    ENDED,
    HOLDING,
    KNOWN,
    OBSERVATIONS,
    OF_ONE_SEND,
    TRANSITIONS,
)
from tests.domain.walk import Walk, walk

EVENTS = get_args(PaymentEvent)
LATE_CAPTURES = [(s.Authorized, e.LateOperationObserved), (s.Authorized, e.ForeignMovementObserved)]
WORDS = {
    "requires_action", "processing", "requires_capture", "succeeded", "partially_captured",
    "failed", "canceled", "expired", "pending_verification", "conflicted",
}  # fmt: skip


@cache
def everything() -> Walk:
    return walk(depth=10, states_max=3_000)


def test_every_state_is_reached() -> None:
    assert {after for _, _, after in everything().moves} == set(KNOWN)


def test_every_fact_can_happen() -> None:
    assert {event for _, event, _ in everything().moves} == set(EVENTS)


def test_every_line_of_the_table_can_happen_and_leads_where_it_says() -> None:
    promised = {(a, event, b) for (a, event), after in TRANSITIONS.items() for b in after}

    assert promised - everything().moves == set()


def test_nothing_happens_beside_the_table() -> None:
    beside = {
        (a.__name__, event.__name__, b.__name__)
        for a, event, b in everything().moves
        if b not in TRANSITIONS.get((a, event), ())
    }
    of_follow_ups = {
        (one.__name__, event.__name__, one.__name__) for one in KNOWN for event in OF_ONE_SEND
    }

    assert beside <= of_follow_ups


@pytest.mark.parametrize("state", [s.New, *KNOWN])
@pytest.mark.parametrize("event", EVENTS)
def test_every_fact_moves_is_an_observation_or_is_refused(state: type, event: type) -> None:
    taken = {b for a, kind, b in everything().moves if (a, kind) == (state, event)}

    if event in OBSERVATIONS and state is not s.New:
        late_capture = {s.Captured} if (state, event) in LATE_CAPTURES else set()
        assert taken == {state, *late_capture}
    elif (state, event) not in TRANSITIONS and event not in OF_ONE_SEND:
        assert taken == set()
        assert everything().refused[state, event]


def test_no_charge_begins_after_the_end_or_beside_another() -> None:
    begins = {a for a, event, _ in everything().moves if event is e.AttemptStarted}

    assert begins == {s.Ready}
    assert not begins & {*ENDED, *HOLDING}


def test_an_end_is_left_by_nothing() -> None:
    assert {b for a, _, b in everything().moves if a in ENDED and a is not b} == set()
    assert {event for a, event in TRANSITIONS if a in ENDED} == {
        *OBSERVATIONS, *COMPENSATIONS, e.ReviewRequested,
    }  # fmt: skip


def test_the_words_of_the_api_are_the_ones_of_the_design() -> None:
    named = {one.__name__.lower() for one in (s.Conflicted, *ENDED)}
    said = {"processing", "pending_verification", "requires_capture", "succeeded"}

    assert named | said | {"partially_captured"} == WORDS - {"requires_action"}
