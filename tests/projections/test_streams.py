"""Folds of single streams: from memory where they can be, from the log where they must be."""

from __future__ import annotations

import pytest

from domain.log import RecordedEvent
from domain.payment.events import PaymentEvent
from projections.failures import LogUnavailable
from projections.streams import PAGE_EVENTS, StreamFolds, StreamGap, read_through
from tests.projections.fake_log import CODEC, FakeLog
from tests.projections.histories import Life, captured, captured_in_parts

Types = tuple[str, ...]


def types(before: Types | None, fact: PaymentEvent, event: RecordedEvent) -> Types:
    return (*(before or ()), type(fact).__name__)


def folds_over(log: FakeLog, folds_max: int = 10) -> StreamFolds[Types]:
    return StreamFolds(log=log, codec=CODEC, step=types, folds_max=folds_max)


async def test_a_stream_in_order_is_never_read_again() -> None:
    log, life = FakeLog(), Life()
    told = log.tell(life, captured_in_parts(life))
    folds = folds_over(log)
    for event in told:
        state, fact = await folds.after(event)
        folds.keep()
    assert state == tuple(one.type for one in told)
    assert type(fact).__name__ == told[-1].type
    assert log.reads == 0


async def test_a_stream_out_of_memory_is_read_up_to_the_event() -> None:
    log, life = FakeLog(), Life()
    told = log.tell(life, captured(life))
    state, _ = await folds_over(log).after(told[2])
    assert state == tuple(one.type for one in told[:3])


async def test_only_so_many_are_remembered() -> None:
    log = FakeLog()
    lives = [Life(n) for n in range(3)]
    for life in lives:
        log.tell(life, captured(life)[:1])
    folds = folds_over(log, folds_max=2)
    for event in log.events:
        await folds.after(event)
        folds.keep()
    seconds = [log.tell(life, captured(life)[1:2])[0] for life in lives]
    await folds.after(seconds[2])
    await folds.after(seconds[1])
    assert log.reads == 0
    await folds.after(seconds[0])
    assert log.reads == 1


async def test_what_was_forgotten_does_not_count() -> None:
    log, life = FakeLog(), Life()
    told = log.tell(life, captured(life))
    folds = folds_over(log)
    await folds.after(told[0])
    folds.keep()
    await folds.after(told[1])
    folds.forget()
    state, _ = await folds.after(told[1])
    assert state == (told[0].type, told[1].type)
    assert log.reads == 0


async def test_a_gap_is_refused_and_a_late_log_is_waited_for() -> None:
    log, life = FakeLog(), Life()
    told = log.tell(life, captured(life))
    del log.streams[life.stream][1]
    with pytest.raises(StreamGap, match="revision 1 is missing"):
        await folds_over(log).after(told[3])
    log.streams[life.stream].clear()
    with pytest.raises(LogUnavailable, match="ends before revision 2"):
        await folds_over(log).after(told[3])


async def test_whatever_the_log_raises_interrupts() -> None:
    log, life = FakeLog(), Life()
    told = log.tell(life, captured(life))
    log.fails.append(RuntimeError("gone"))
    with pytest.raises(LogUnavailable, match="gone"):
        await folds_over(log).after(told[3])


async def test_long_streams_are_read_in_pages() -> None:
    log, life = FakeLog(), Life()
    log.tell(life, [life.unknown()] * (2 * PAGE_EVENTS + 5))
    events = await read_through(log, life.stream, 3, 2 * PAGE_EVENTS + 4)
    assert [one.revision for one in events] == list(range(3, 2 * PAGE_EVENTS + 5))
    assert log.reads == 3
