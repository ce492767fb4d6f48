"""Details of the runner that no store has a part in."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence

import pytest

from adapters.read_models.memory import MemoryReadModels
from domain.log import BEFORE_FIRST, RecordedEvent
from projections import runner as runner_module
from projections.failures import (
    LeaseLost,
    LogUnavailable,
    ParkedChanged,
    RowsRefused,
    TooManyParked,
)
from projections.ports import Batch, Step
from projections.recovery import Recovery
from projections.runner import REASON_CHARS_MAX, TRIES_MAX, UNSTORED_BATCHES_MAX, Runner, reason_of
from projections.tables import Change
from tests.projections.fake_log import FakeLog, interleaved
from tests.projections.histories import Life, captured
from tests.projections.running import Seen, feed_of


class Picky:
    """Fails at chosen events, so many times each (None: always)."""

    name = "picky"

    def __init__(
        self, fails: dict[int, int | None], failure: type[BaseException] = ValueError
    ) -> None:
        self._fails, self._failure = fails, failure
        self.asked: Counter[int] = Counter()
        self.staged: list[int] = []
        self.kept: list[int] = []

    async def project(self, event: RecordedEvent) -> Sequence[Change]:
        self.asked[event.position] += 1
        left = self._fails.get(event.position, 0)
        if left is None or self.asked[event.position] <= left:
            raise self._failure(f"at {event.position}")
        self.staged.append(event.position)
        return ()

    def keep(self) -> None:
        self.kept += self.staged
        self.staged = []

    def forget(self) -> None:
        self.staged = []


class Counting(MemoryReadModels):
    """Counts transactions; refuses a step that holds one of the streams named."""

    def __init__(self, refused: Sequence[str] = ()) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self._refused = refused

    async def apply(self, step: Step) -> None:
        streams = {getattr(change, "row", {}).get("stream") for change in step.changes}
        if streams & set(self._refused):
            raise RowsRefused("too wide")
        await super().apply(step)
        self.steps.append(step)


def log_of(count: int) -> FakeLog:
    """One event each in `count` streams."""
    log = FakeLog()
    for number in range(count):
        life = Life(number)
        log.tell(life, captured(life)[:1], recover_after=life.at)
    return log


async def test_a_poison_event_gets_three_tries_of_its_own() -> None:
    log = log_of(8)
    bad = log.events[5].position
    picky, seen = Picky({bad: None}), Seen()
    store = MemoryReadModels()
    await Runner(picky, store, observer=seen).run(feed_of(log, 8))
    (parked,) = await store.parked("picky")
    assert (parked.position, parked.tries) == (bad, TRIES_MAX)
    assert parked.reason == f"ValueError: at {bad}"
    assert seen.parkings == [parked]
    good = [one.position for one in log.events if one.position != bad]
    assert picky.kept == good
    alone = TRIES_MAX
    halvings = 3
    assert picky.asked[bad] == halvings + alone


async def test_an_event_that_succeeds_at_last_is_not_parked() -> None:
    log = log_of(1)
    store, picky = MemoryReadModels(), Picky({0: TRIES_MAX - 1})
    await Runner(picky, store).run(feed_of(log))
    assert await store.parked("picky") == []
    assert picky.kept == [0]


async def test_a_row_that_the_store_refuses_is_poison_too() -> None:
    log = log_of(6)
    store = Counting(refused=[log.events[2].stream])
    await Runner(Recovery(), store).run(feed_of(log, 6))
    (parked,) = await store.parked("recovery")
    assert parked.stream == log.events[2].stream
    assert (await store.progress("recovery")).position == await log.head()


async def test_an_interruption_is_not_poison() -> None:
    log = log_of(3)
    store, picky = MemoryReadModels(), Picky({log.events[1].position: 1}, LogUnavailable)
    runner = Runner(picky, store)
    with pytest.raises(LogUnavailable):
        await runner.run(feed_of(log, 3))
    assert (await store.progress("picky")).position == BEFORE_FIRST
    assert picky.kept == picky.staged == []
    await runner.run(feed_of(log, 3))
    assert await store.parked("picky") == []
    assert runner.position == await log.head()


class Overtaken(MemoryReadModels):
    """A replay is noticed, and before the runner has read again another one has moved on."""

    def __init__(self) -> None:
        super().__init__()
        self.overtaken = False

    async def apply(self, step: Step) -> None:
        if not self.overtaken:
            self.overtaken = True
            await super().apply(step)
            raise ParkedChanged("replayed")
        await super().apply(step)


async def test_who_reads_again_and_finds_another_position_stops() -> None:
    log, picky = log_of(2), Picky({})
    with pytest.raises(LeaseLost, match="the checkpoint is at 7"):
        await Runner(picky, Overtaken()).run(feed_of(log, 2))
    assert picky.kept == []


async def test_what_a_canceled_run_had_in_hand_is_forgotten() -> None:
    log = log_of(2)
    picky = Picky({log.events[1].position: 1}, asyncio.CancelledError)
    runner = Runner(picky, MemoryReadModels())
    with pytest.raises(asyncio.CancelledError):
        await runner.run(feed_of(log, 2))
    await runner.run(feed_of(log, 2))
    assert picky.kept == [one.position for one in log.events]


async def test_too_many_parked_streams_stop_the_projection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner_module, "PARKED_STREAMS_MAX", 2)
    log = log_of(4)
    store = MemoryReadModels()
    picky = Picky({one.position: None for one in log.events})
    with pytest.raises(TooManyParked, match="stopped before payment-"):
        await Runner(picky, store).run(feed_of(log, 4))
    assert len(await store.parked("picky")) == 2
    assert (await store.progress("picky")).position == log.events[1].position


async def test_ignored_events_move_the_checkpoint_now_and_then_and_at_the_end() -> None:
    log = FakeLog()
    log.ignored(3 * (UNSTORED_BATCHES_MAX + 1) + 5)
    store = Counting()
    await Runner(Recovery(), store).run(feed_of(log, 1))
    places = [step.position // 7 for step in store.steps]
    assert places == [20, 41, 62, 67]
    assert (await store.progress("recovery")).position == await log.head()


async def test_a_batch_of_events_is_one_transaction() -> None:
    log = interleaved([(Life(n), captured(Life(n))) for n in range(4)])
    store = Counting()
    await Runner(Recovery(), store).run(feed_of(log, 10))
    assert len(store.steps) == 2
    assert store.steps[-1].recorded_at == log.events[-1].recorded_at


async def test_a_checkpoint_without_events_is_stored_when_the_feed_is_idle() -> None:
    async def checkpoints(after: int) -> AsyncGenerator[Batch, None]:
        yield Batch(events=(), position=50, idle=False)
        yield Batch(events=(), position=50, idle=True)
        yield Batch(events=(), position=40, idle=True)

    store, seen = Counting(), Seen()
    await Runner(Recovery(), store, observer=seen).run(checkpoints)
    assert [step.position for step in store.steps] == seen.positions == [50]


def test_a_reason_is_one_bounded_line_without_card_numbers() -> None:
    said = reason_of(ValueError("4242 4242 4242 4242\n" + "x" * 9_000 + "\x00"))
    assert said.startswith("ValueError: **** **** **** **** xxx")
    assert len(said) == REASON_CHARS_MAX
    assert "\x00" not in reason_of(ValueError("a\x00b"))
