"""The rule of revisions inside one group: an append sees those before it."""

from adapters.event_store.judge import Tip, judge, older_ranges
from adapters.event_store.queued import QueuedAppend
from application.ports.event_store import Appended, WrongRevision
from domain.log import NO_STREAM
from tests.event_store.builders import fact, facts


async def test_appends_of_one_stream_follow_each_other() -> None:
    group = [QueuedAppend("payment-1", NO_STREAM, facts(2)), QueuedAppend("payment-1", 1, facts(1))]
    outcomes, placed = judge(group, {"payment-1": Tip()}, 100)
    assert outcomes == [Appended(1, 101), Appended(2, 102)]
    assert [(one.revision, one.position) for one in placed] == [(0, 100), (1, 101), (2, 102)]


async def test_a_refused_append_leaves_no_hole_for_the_next() -> None:
    group = [
        QueuedAppend("payment-1", 0, facts(3)),
        QueuedAppend("payment-2", NO_STREAM, facts(1)),
        QueuedAppend("payment-1", NO_STREAM, facts(1)),
        QueuedAppend("payment-1", NO_STREAM, facts(1)),
    ]
    tips = {"payment-1": Tip(), "payment-2": Tip()}
    outcomes, placed = judge(group, tips, 5)
    assert [type(one) for one in outcomes] == [WrongRevision, Appended, Appended, WrongRevision]
    assert [(one.stream, one.position) for one in placed] == [("payment-2", 5), ("payment-1", 6)]
    assert isinstance(outcomes[3], WrongRevision)
    assert outcomes[3].actual == 0


async def test_a_repeat_in_the_same_group_is_answered_like_the_first() -> None:
    events = facts(2)
    group = [QueuedAppend("payment-1", NO_STREAM, events) for _ in range(2)]
    outcomes, placed = judge(group, {"payment-1": Tip()}, 9)
    assert outcomes == [Appended(1, 10), Appended(1, 10)]
    assert len(placed) == 2


async def test_a_repeat_may_span_what_was_stored_and_what_is_new() -> None:
    stored, new = fact(), fact()
    tip = Tip(revision=4, known={4: (stored.id, 40)})
    group = [
        QueuedAppend("payment-1", 4, [new]),
        QueuedAppend("payment-1", 3, [stored, new]),
    ]
    assert older_ranges(group, {"payment-1": tip}) == [("payment-1", 4, 5)]
    outcomes, placed = judge(group, {"payment-1": tip}, 50)
    assert outcomes == [Appended(5, 50), Appended(5, 50)]
    assert [one.event for one in placed] == [new]
