"""Catch-up subscriptions of both engines without a wire: what no recording shows."""

from __future__ import annotations

import itertools
import threading
from uuid import uuid4

import pytest

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

both_engines = pytest.mark.parametrize("classic", [True, False])


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


@both_engines
def test_a_tombstone_is_delivered_and_then_ends_the_subscription(classic: bool) -> None:
    log = Log()
    write(log, "s")
    subscription = subscribe_to_stream(log, "s", Edge.START, classic=classic)
    assert told(subscription) == ["Confirmed", "s/0", "CaughtUp"]
    tombstone(log, "s", ANY)
    last = next(subscription)
    assert isinstance(last, Stored)
    assert last.type == "$streamDeleted"
    with pytest.raises(StreamDeleted):
        next(subscription)


@both_engines
def test_past_the_end_of_a_stream_only_later_revisions_come(classic: bool) -> None:
    log = Log()
    write(log, "s", 2)
    subscription = subscribe_to_stream(log, "s", 3, classic=classic)
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


@both_engines
def test_a_stream_longer_than_a_page_comes_whole(classic: bool) -> None:
    log = Log()
    write(log, "s", 1234)
    got = told(subscribe_to_stream(log, "s", Edge.START, classic=classic))
    assert got == ["Confirmed", *(f"s/{number}" for number in range(1234)), "CaughtUp"]


def test_beyond_the_end_of_all_the_engines_differ() -> None:
    log = Log()
    beyond = log.end + 250
    classic = subscribe_to_all(log, beyond, None, classic=True)
    newer = subscribe_to_all(log, beyond, None, classic=False)
    assert told(classic) == told(newer) == ["Confirmed", "CaughtUp"]
    write(log, "s", 4)
    assert told(classic) == ["s/0", "s/1", "s/2", "s/3"]
    assert told(newer) == ["s/3"]


def test_off_a_record_boundary_only_the_newer_engine_confirms_first() -> None:
    log = Log()
    classic = subscribe_to_all(log, 1, None, classic=True)
    newer = subscribe_to_all(log, 1, None, classic=False)
    with pytest.raises(InvalidPosition):
        next(classic)
    assert next(newer) == Confirmed()
    with pytest.raises(InvalidPosition):
        next(newer)


def test_a_window_of_none_fails_after_the_confirmation_or_never_gets_anywhere() -> None:
    log = Log()
    write(log, "s")
    newer = subscribe_to_all(log, Edge.START, only("s", window=0), classic=False)
    assert next(newer) == Confirmed()
    with pytest.raises(EmptyWindow):
        next(newer)
    classic = subscribe_to_all(log, Edge.START, only("s", window=0), classic=True)
    assert list(itertools.islice(classic, 4)) == [Confirmed(), None, None, None]


@both_engines
def test_every_checkpoint_is_safe_to_resume_from(classic: bool) -> None:
    log = Log()
    for number in range(60):
        write(log, "wanted" if number % 7 == 0 else "other")
    wanted = only("wanted", window=4, multiplier=2)
    delivered: list[Stored] = []
    seen_at: list[tuple[int, int]] = []
    for message in subscribe_to_all(log, Edge.START, wanted, classic=classic):
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
        resumed = told(subscribe_to_all(log, commit, wanted, classic=classic))
        rest = [f"wanted/{event.revision}" for event in delivered[count:]]
        events = [one for one in resumed if one.startswith("wanted")]
        assert events[-len(rest) :] == rest


@both_engines
def test_nothing_is_lost_or_doubled_from_catch_up_into_live(classic: bool) -> None:
    log = Log()
    write(log, "s", 50)

    def write_much() -> None:
        for _ in range(100):
            write(log, "s", 3)

    writers = [threading.Thread(target=write_much) for _ in range(4)]
    subscription = subscribe_to_all(log, Edge.START, only("s", window=8), classic=classic)
    for writer in writers:
        writer.start()
    events = (one for one in subscription if isinstance(one, Stored))
    got = [event.revision for event in itertools.islice(events, 1250)]
    for writer in writers:
        writer.join()
    assert got == list(range(1250))
