"""Catch-up subscriptions of all engines without a wire: what no recording shows."""

from __future__ import annotations

import itertools
import threading
from uuid import uuid4

import pytest

from tests.esdb_double.engines import ENGINES, NOTHING_YET, TRAITS, Traits
from tests.esdb_double.events import ANY, InvalidPosition, Proposed, Stored, StreamDeleted
from tests.esdb_double.filters import EventFilter, event_filter
from tests.esdb_double.log import Log
from tests.esdb_double.reads import Edge
from tests.esdb_double.subscriptions import (
    CaughtUp,
    Checkpoint,
    Confirmed,
    EmptyWindow,
    Subscription,
    subscribe_to_all,
    subscribe_to_stream,
)
from tests.esdb_double.writes import append, delete, tombstone

CLASSIC, NEWER, NEWEST = (TRAITS[engine] for engine in ENGINES)
all_engines = pytest.mark.parametrize("traits", TRAITS.values(), ids=TRAITS)


def write(log: Log, name: str, count: int = 1) -> None:
    append(log, name, ANY, [Proposed(uuid4(), "T", True, b"{}") for _ in range(count)])


def told(subscription: Subscription) -> list[str]:
    """What comes until there is nothing more, in short."""
    messages = itertools.takewhile(lambda message: message is not None, subscription)
    return [
        f"{message.stream}/{message.revision}"
        if isinstance(message, Stored)
        else type(message).__name__
        for message in messages
    ]


def only(prefix: str, *, window: int = 32, multiplier: int = 1) -> EventFilter:
    return event_filter("stream", regex="", prefixes=[prefix], window=window, multiplier=multiplier)


@all_engines
def test_a_tombstone_is_delivered_and_then_ends_the_subscription(traits: Traits) -> None:
    log = Log()
    write(log, "s")
    subscription = subscribe_to_stream(log, "s", Edge.START, classic=traits.classic)
    assert told(subscription) == ["Confirmed", "s/0", "CaughtUp"]
    tombstone(log, "s", ANY)
    last = next(subscription)
    assert isinstance(last, Stored)
    assert last.type == "$streamDeleted"
    with pytest.raises(StreamDeleted):
        next(subscription)


@all_engines
def test_past_the_end_of_a_stream_only_later_revisions_come(traits: Traits) -> None:
    log = Log()
    write(log, "s", 2)
    subscription = subscribe_to_stream(log, "s", 3, classic=traits.classic)
    assert told(subscription) == ["Confirmed", "CaughtUp"]
    write(log, "s", 4)
    assert told(subscription) == ["s/4", "s/5"]


def test_a_soft_deleted_stream_is_waited_for_by_the_classic_engine_alone() -> None:
    log = Log()
    write(log, "s", 2)
    delete(log, "s", ANY)
    classic = subscribe_to_stream(log, "s", Edge.START, classic=True)
    newer = subscribe_to_stream(log, "s", Edge.START, classic=False)
    assert told(classic) == ["Confirmed"]
    assert told(newer) == ["Confirmed", "CaughtUp"]
    write(log, "s")
    assert told(classic) == ["s/2", "CaughtUp"]
    assert told(newer) == ["s/2"]


@all_engines
def test_a_stream_longer_than_a_page_comes_whole(traits: Traits) -> None:
    log = Log()
    write(log, "s", 1234)
    got = told(subscribe_to_stream(log, "s", Edge.START, classic=traits.classic))
    assert got == ["Confirmed", *(f"s/{number}" for number in range(1234)), "CaughtUp"]


def test_beyond_the_end_of_all_the_engines_differ() -> None:
    log = Log()
    beyond = log.end + 250
    classic = subscribe_to_all(log, beyond, None, CLASSIC)
    newer = subscribe_to_all(log, beyond, None, NEWER)
    assert told(classic) == told(newer) == ["Confirmed", "CaughtUp"]
    write(log, "s", 4)
    assert told(classic) == ["s/0", "s/1", "s/2", "s/3"]
    assert told(newer) == ["s/3"]


def test_off_a_record_boundary_only_the_newer_engine_confirms_first() -> None:
    log = Log()
    classic = subscribe_to_all(log, 1, None, CLASSIC)
    newer = subscribe_to_all(log, 1, None, NEWER)
    with pytest.raises(InvalidPosition):
        next(classic)
    assert next(newer) == Confirmed()
    with pytest.raises(InvalidPosition):
        next(newer)


def test_a_window_of_none_fails_after_the_confirmation_or_never_gets_anywhere() -> None:
    log = Log()
    write(log, "s")
    newer = subscribe_to_all(log, Edge.START, only("s", window=0), NEWER)
    assert next(newer) == Confirmed()
    with pytest.raises(EmptyWindow):
        next(newer)
    classic = subscribe_to_all(log, Edge.START, only("s", window=0), CLASSIC)
    assert list(itertools.islice(classic, 4)) == [Confirmed(), None, None, None]


def checkpoints(subscription: Subscription) -> list[int]:
    """The positions told until there is nothing more."""
    messages = itertools.takewhile(lambda message: message is not None, subscription)
    return [message.commit for message in messages if isinstance(message, Checkpoint)]


def test_before_the_first_match_24_2_tells_minus_one_and_then_nothing_more() -> None:
    log = Log()
    subscription = subscribe_to_all(log, Edge.START, only("s", window=2, multiplier=2), NEWER)
    assert checkpoints(subscription) == [NOTHING_YET]
    write(log, "other", 20)
    assert checkpoints(subscription) == []
    write(log, "s", 20)
    assert checkpoints(subscription) == []


def test_before_the_first_match_26_1_tells_the_beginning_and_then_how_far_it_is() -> None:
    log = Log()
    subscription = subscribe_to_all(log, Edge.START, only("s", window=2, multiplier=2), NEWEST)
    assert checkpoints(subscription) == [0]
    write(log, "other", 20)
    assert len(checkpoints(subscription)) == 5


@pytest.mark.parametrize(("traits", "count"), [(CLASSIC, 1), (NEWER, 1), (NEWEST, 2)])
def test_how_often_a_catch_up_over_others_tells_its_place(traits: Traits, count: int) -> None:
    log = Log()
    write(log, "other", 2_000)
    wanted = only("s", window=256, multiplier=4)
    places = checkpoints(subscribe_to_all(log, Edge.START, wanted, traits))
    assert len(places) == count
    assert max(places) <= log.events[-1].position


@pytest.mark.parametrize("traits", [NEWER, NEWEST])
def test_behind_the_last_event_the_newer_engines_are_caught_up_at_once(traits: Traits) -> None:
    log = Log()
    write(log, "s", 3)
    last = log.events[-1].position
    subscription = subscribe_to_all(log, last, only("s"), traits)
    assert told(subscription) == ["Confirmed", "CaughtUp"]
    write(log, "s")
    assert told(subscription) == ["s/3"]
    write(log, "other")
    assert checkpoints(subscribe_to_all(log, last, only("other", window=1), traits)) != []


@all_engines
def test_every_checkpoint_is_safe_to_resume_from(traits: Traits) -> None:
    log = Log()
    for number in range(60):
        write(log, "wanted" if number % 7 == 0 else "other")
    wanted = only("wanted", window=4, multiplier=2)
    delivered: list[Stored] = []
    seen_at: list[tuple[int, int]] = []
    for message in subscribe_to_all(log, Edge.START, wanted, traits):
        match message:
            case Stored():
                delivered.append(message)
            case Checkpoint(commit):
                seen_at.append((commit, len(delivered)))
            case CaughtUp():
                break
    assert len(delivered) == 9
    assert len(seen_at) > 3
    for commit, count in seen_at:
        resumed = told(subscribe_to_all(log, commit, wanted, traits))
        rest = [f"wanted/{event.revision}" for event in delivered[count:]]
        events = [one for one in resumed if one.startswith("wanted")]
        assert events[-len(rest) :] == rest


@all_engines
def test_nothing_is_lost_or_doubled_from_catch_up_into_live(traits: Traits) -> None:
    log = Log()
    write(log, "s", 50)

    def write_much() -> None:
        for _ in range(100):
            write(log, "s", 3)

    writers = [threading.Thread(target=write_much) for _ in range(4)]
    subscription = subscribe_to_all(log, Edge.START, only("s", window=8), traits)
    for writer in writers:
        writer.start()
    events = (one for one in subscription if isinstance(one, Stored))
    got = [event.revision for event in itertools.islice(events, 1250)]
    for writer in writers:
        writer.join()
    assert got == list(range(1250))
