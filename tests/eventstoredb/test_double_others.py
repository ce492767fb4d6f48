"""Others' events that nobody keeps are told as if they were kept, one by one."""

from __future__ import annotations

from itertools import islice
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.esdb_double import Stored
from tests.esdb_double.engines import ENGINES, TRAITS, Engine
from tests.esdb_double.events import Proposed
from tests.esdb_double.filters import EventFilter
from tests.esdb_double.log import Log
from tests.esdb_double.reads import Edge, read_all
from tests.esdb_double.subscriptions import CaughtUp, Message, subscribe_to_all

OURS = "payment-1"
MESSAGES_MAX = 400

Part = int | None  # so many of others, or one of ours
PARTS = st.lists(st.none() | st.integers(1, 90), max_size=8)
WANTED = {"ours": ("payment-",), "all": ("payment-", "others-"), "none": ("nobody-",)}


def log_of(parts: list[Part], *, kept: bool) -> Log:
    """`kept`: each of the others' events is a run of its own."""
    log = Log(clock=lambda: 0)
    add(log, parts, kept=kept)
    return log


def add(log: Log, parts: list[Part], *, kept: bool) -> None:
    for number, part in enumerate(parts):
        if part is None:
            event = Proposed(UUID(int=number), "Any", True, b"{}")
            log.write(OURS, [event])
            continue
        for size in [1] * part if kept else [part]:
            log.write_others(size)


def told(
    log: Log, engine: Engine, wanted: EventFilter | None, later: list[Part], *, kept: bool
) -> list[Message]:
    """All that a subscriber is told, and then of what comes live."""
    found: list[Message] = []
    messages = subscribe_to_all(log, Edge.START, wanted, TRAITS[engine])
    for message in islice(messages, MESSAGES_MAX):
        if message is None:
            if not later:
                break
            add(log, later, kept=kept)
            later = []
            continue
        found.append(message)
    return found


@given(
    parts=PARTS,
    later=PARTS,
    engine=st.sampled_from(ENGINES),
    window=st.integers(1, 50),
    multiplier=st.integers(1, 4),
    wanted=st.sampled_from(sorted(WANTED)),
)
def test_a_subscriber_is_told_the_same(
    parts: list[Part],
    later: list[Part],
    engine: Engine,
    window: int,
    multiplier: int,
    wanted: str,
) -> None:
    chosen = EventFilter("stream", None, WANTED[wanted], window, window * multiplier)
    lazily, kept = (
        told(log_of(parts, kept=kept), engine, chosen, list(later), kept=kept)
        for kept in (False, True)
    )
    assert without_clock(lazily) == without_clock(kept)


def without_clock(messages: list[Message]) -> list[object]:
    return [
        (one.stream, one.revision, one.position, one.type) if isinstance(one, Stored) else one
        for one in messages
    ]


@given(parts=PARTS, forwards=st.booleans(), count=st.integers(1, 300))
def test_a_reader_sees_the_same(parts: list[Part], forwards: bool, count: int) -> None:
    edge = Edge.START if forwards else Edge.END
    seen = [
        [
            (one.stream, one.revision, one.position)
            for one in read_all(log_of(parts, kept=kept), edge, count, None, forwards=forwards)
        ]
        for kept in (False, True)
    ]
    assert seen[0] == seen[1]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_million_are_passed_over_without_being_made(engine: Engine) -> None:
    log = log_of([None, 1_000_000, None], kept=False)
    wanted = EventFilter("stream", None, WANTED["ours"], 4_096, 4_096 * 8)
    messages = told(log, engine, wanted, [], kept=False)
    assert [one.revision for one in messages if isinstance(one, Stored)] == [0, 1]
    assert CaughtUp() in messages
    assert 0 < log.events.passed_over <= 1_000_000
