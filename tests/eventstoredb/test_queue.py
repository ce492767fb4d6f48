"""The queue: bounds, and one append per stream at a time, whatever is repeated or withdrawn."""

from __future__ import annotations

import pytest

from adapters.event_store.eventstoredb.backoff import CAP_S, Backoff
from adapters.event_store.eventstoredb.pending import PendingAppend
from adapters.event_store.eventstoredb.queue import AppendQueue
from application.ports.event_store import StoreBusy
from domain.log import NO_STREAM
from tests.event_store.builders import fact


async def pending(stream: str, *, size: int = 0) -> PendingAppend:
    return PendingAppend(stream, NO_STREAM, [fact(data=b"1" * size)])


def taken(queue: AppendQueue) -> list[PendingAppend]:
    found = []
    while (append := queue.take()) is not None:
        found.append(append)
    return found


async def test_a_stream_has_one_append_out_at_a_time() -> None:
    queue = AppendQueue()
    a1, a2, b1, a3 = [await pending(name) for name in ("a", "a", "b", "a")]
    for append in (a1, a2, b1, a3):
        queue.offer(append)
    assert taken(queue) == [a1, b1]
    queue.release(a1)
    assert taken(queue) == [a2]
    queue.release(b1)
    assert taken(queue) == []
    queue.release(a2)
    assert taken(queue) == [a3]
    queue.release(a3)
    assert len(queue) == queue.bytes == 0
    assert queue.empty.is_set()


async def test_what_is_sent_again_goes_first_and_keeps_its_order() -> None:
    queue = AppendQueue()
    appends = [await pending(name) for name in "abcd"]
    for append in appends:
        queue.offer(append)
    out = [queue.take(), queue.take()]
    queue.give_back([append for append in out if append])
    assert taken(queue) == appends


async def test_a_repeat_keeps_those_behind_it_waiting() -> None:
    queue = AppendQueue()
    first, second = await pending("a"), await pending("a")
    queue.offer(first)
    queue.offer(second)
    queue.take()
    queue.give_back([first])
    assert taken(queue) == [first]


async def test_withdrawing_lets_the_next_one_go() -> None:
    queue = AppendQueue()
    first, second, third = [await pending("a") for _ in range(3)]
    for append in (first, second, third):
        queue.offer(append)
    queue.withdraw(second)
    queue.withdraw(first)
    assert queue.members() == [third]
    assert taken(queue) == [third]
    queue.release(third)
    assert len(queue) == 0


async def test_both_bounds_hold_until_the_fate_is_known() -> None:
    room = (await pending("x", size=100)).bytes
    queue = AppendQueue(appends_max=2, bytes_max=3 * room)
    first = await pending("a", size=100)
    queue.offer(first)
    queue.take()
    with pytest.raises(StoreBusy, match="bytes"):
        queue.offer(await pending("b", size=100 + 2 * room))
    queue.offer(await pending("b", size=100))
    with pytest.raises(StoreBusy, match="appends"):
        queue.offer(await pending("c"))
    queue.release(first)
    queue.offer(await pending("c", size=100))
    assert len(queue) == 2


@pytest.mark.parametrize(
    ("stream", "expected", "kind"), [("", NO_STREAM, "T"), ("a", -2, "T"), ("a", NO_STREAM, "")]
)
async def test_what_no_server_can_store_is_a_mistake(stream: str, expected: int, kind: str) -> None:
    with pytest.raises(ValueError, match=r"append|type"):
        PendingAppend(stream, expected, [fact(kind=kind)])


async def test_an_append_is_several_messages_when_it_holds_very_many_events() -> None:
    append = PendingAppend("a", 3, [fact(data=b"1", kind="T") for _ in range(20_001)])
    append.correlate("c")
    assert [len(one.proposed_messages) for one in append.requests] == [10_000, 10_000, 1]
    assert [one.is_final for one in append.requests] == [False, False, True]
    assert [one.HasField("options") for one in append.requests] == [True, False, False]
    assert {one.correlation_id.string for one in append.requests} == {"c"}
    assert append.last_revision == 20_004


def test_waits_grow_and_stay_bounded() -> None:
    backoff = Backoff()
    waits = [backoff.next_s() for _ in range(200)]
    assert min(waits) > 0
    assert max(waits) <= CAP_S
    assert max(waits[100:]) > 4 * waits[0]
    backoff.reset()
    assert backoff.next_s() < CAP_S / 10
