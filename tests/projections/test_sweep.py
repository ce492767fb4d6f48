"""A sweep against anything that may be wrong with the rows, and beside a projection that moves."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from adapters.read_models.memory import MemoryReadModels, MemoryWorkList
from adapters.read_models.sweeping import SweepMetrics, keep_sweeping, tell
from projections.failures import LeaseLost, ReadModelsUnavailable
from projections.ports import Step
from projections.recovery import RECOVERY
from projections.recovery.sweep import ROUNDS_MAX, Difference, GiveWay, Sweep, sweep
from projections.tables import Change, Remove, Row
from tests.projections.histories import START, Life, captured
from tests.projections.store_contract import due
from tests.projections.sweep_contract import OPEN, at_once, damage, fold, lost, open_payments

STREAMS = [Life(number).stream for number in (*range(1, OPEN + 1), 9)]
CLEAN = Sweep(events=7, open=2, differences=(), unread=0, left=0)

damages = st.dictionaries(
    st.sampled_from([*STREAMS, "payment-of-nobody"]),
    st.none() | st.tuples(st.integers(0, 5), st.integers(0, 5)),
)


@given(damaged=damages)
async def test_whatever_is_wrong_is_right_afterwards(
    damaged: dict[str, tuple[int, int] | None],
) -> None:
    log, store = open_payments(), MemoryReadModels()
    await fold(log, store)
    before = {row["stream"]: row for row in store.rows(RECOVERY)}
    changes: list[Change] = [
        Remove(RECOVERY, (stream,))
        if said is None
        else due(stream, revision=said[0], recover_after=START + timedelta(minutes=said[1]))
        for stream, said in damaged.items()
    ]
    await damage(store, *changes)
    wrong = {
        stream
        for stream in {*before, *damaged}
        if store.row(RECOVERY, (stream,)) != before.get(stream)
    }
    done = await sweep(log, store, MemoryWorkList(store), give_way=at_once)
    assert {one.stream for one in done.differences} == wrong
    assert {row["stream"]: row for row in store.rows(RECOVERY)} == before


class Moving(MemoryReadModels):
    """The projection moves just before the sweep stores, so many times."""

    def __init__(self, moves: int) -> None:
        super().__init__()
        self.moves = moves

    async def apply(self, step: Step) -> None:
        if step.after == step.position and step.changes and self.moves > 0:
            self.moves -= 1
            raise LeaseLost("moved")
        await super().apply(step)


@pytest.mark.parametrize(
    ("moves", "found"), [(0, (1, 0)), (ROUNDS_MAX - 1, (1, 0)), (ROUNDS_MAX, (0, 1))]
)
async def test_a_projection_that_moves_all_the_time_is_tried_again_for_so_long(
    moves: int, found: tuple[int, int]
) -> None:
    log, store = open_payments(), Moving(0)
    await fold(log, store)
    await damage(store, lost(1))
    store.moves = moves
    done = await sweep(log, store, MemoryWorkList(store), give_way=at_once)
    assert (len(done.differences), done.left) == found


async def test_a_payment_that_ends_while_it_is_compared_does_not_come_back() -> None:
    """The row that is gone was right to go: the last event is read behind the checkpoint."""
    log, store = open_payments(), MemoryReadModels()
    await fold(log, store)
    await damage(store, lost(1))

    class Ending(MemoryWorkList):
        async def row(self, stream: str) -> Row | None:
            log.tell(Life(1), captured(Life(1))[-1:])
            await fold(log, store)
            return await super().row(stream)

    done = await sweep(log, store, Ending(store), give_way=at_once)
    assert done.differences == ()
    assert store.row(RECOVERY, (Life(1).stream,)) is None


class Pages:
    """A diary whose answers are given; `over` is set when the last one was taken."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.answers, self.told = list(answers), list[Sweep]()
        self.over = asyncio.Event()

    async def is_due(self) -> bool:
        answer = self.answers.pop(0)
        if not self.answers:
            self.over.set()
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def swept(self, done: Sweep) -> None:
        self.told.append(done)


class OneLease:
    """Anybody's who asks, or another process's. `lost`: it cannot be renewed."""

    def __init__(self, *, taken: bool = False, lost: bool = False) -> None:
        self.holder: str | None = "another" if taken else None
        self.lost = lost

    async def take(self, projection: str, holder: str) -> bool:
        if self.holder is None:
            self.holder = holder
        return self.holder == holder

    async def renew(self, projection: str, holder: str) -> bool:
        return self.holder == holder and not self.lost

    async def give_back(self, projection: str, holder: str) -> None:
        if self.holder == holder:
            self.holder = None


async def kept(
    pages: Pages, found: Sweep | Exception = CLEAN, leases: OneLease | None = None
) -> tuple[int, CollectorRegistry]:
    """How often was swept until the pages were read, and what was counted."""
    registry, times = CollectorRegistry(), 0
    leases = leases or OneLease()

    async def once(give_way: GiveWay) -> Sweep:
        nonlocal times
        times += 1
        assert leases.holder is not None
        await give_way()
        if isinstance(found, Exception):
            raise found
        return found

    sweeping = asyncio.create_task(
        keep_sweeping(once, pages, SweepMetrics(registry), leases=leases, look_every_s=0.0)
    )
    await pages.over.wait()
    while True:  # what was begun is ended
        if leases.holder in (None, "another"):
            break
        await asyncio.sleep(0)
    sweeping.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sweeping
    return times, registry


async def test_it_is_swept_when_it_is_due_and_nobody_else_did() -> None:
    pages = Pages(False, True, True, True, False, False, False)
    assert (await kept(pages))[0] == 1
    assert pages.told == [CLEAN]


async def test_what_another_process_sweeps_is_left_to_it() -> None:
    pages = Pages(True, True, False)
    assert (await kept(pages, leases=OneLease(taken=True)))[0] == 0


async def test_who_has_lost_the_lease_stops(caplog: pytest.LogCaptureFixture) -> None:
    pages = Pages(True, True, False)
    assert (await kept(pages, leases=OneLease(lost=True)))[0] == 1
    assert pages.told == []
    assert "the work list is swept later: another process sweeps the work list" in caplog.messages


async def test_a_store_that_is_away_is_asked_again(caplog: pytest.LogCaptureFixture) -> None:
    pages = Pages(ReadModelsUnavailable("away"), True, True, False)
    assert (await kept(pages))[0] == 1
    assert "the work list is swept later: away" in caplog.messages


async def test_what_cannot_be_swept_is_told_and_left_for_hours(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pages = Pages(True, True)
    assert (await kept(pages, ArithmeticError("a fault")))[0] == 1
    assert "the work list cannot be swept" in caplog.text
    assert pages.told == []


async def test_differences_are_counted() -> None:
    found = Sweep(
        events=9,
        open=5,
        differences=(Difference(stream="payment-1", kind="missing"),),
        unread=0,
        left=0,
    )
    _, registry = await kept(Pages(True, True, False), found)
    labels = {"kind": "missing"}
    assert registry.get_sample_value("interlock_work_list_differences_total", labels) == 1.0
    assert registry.get_sample_value("interlock_work_list_open") == 5.0


def test_what_was_found_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tell(CLEAN)
    many = tuple(Difference(stream=f"payment-{n}", kind="missing") for n in range(30))
    tell(Sweep(events=9, open=5, differences=many, unread=1, left=2))
    tell(Sweep(events=9, open=5, differences=(), unread=1, left=0))
    levels = [one.levelno for one in caplog.records]
    assert levels == [logging.INFO, *[logging.ERROR] * 21, logging.WARNING]
    assert caplog.messages[0] == "work list swept: 2 streams due in 7 events, as the log says"
    assert "30 rows were not what the log says and are mended, 2 streams left" in caplog.messages[1]
    assert caplog.messages[2] == "work list: the row of payment-0 was missing"
