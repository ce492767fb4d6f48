"""The kernel: order by time, waiting with a limit, and processes that die between two awaits."""

from __future__ import annotations

import time

import pytest

from tests.simulation.kernel import Dead, Endless, Home, Kernel, sleep
from tests.simulation.life import Life
from tests.simulation.witness import Witness


def test_what_is_due_first_comes_first_and_equals_in_the_order_asked() -> None:
    kernel, seen = Kernel(), list[str]()
    for delay, name in ((2.0, "late"), (1.0, "first"), (1.0, "second"), (0.0, "now")):
        kernel.at(delay, seen.append, name)
    kernel.run(1.5)
    assert (seen, kernel.now) == (["now", "first", "second"], 1.5)
    kernel.run(10.0)
    assert seen[-1] == "late"


def test_a_task_sleeps_in_virtual_time_and_its_result_is_kept() -> None:
    kernel = Kernel()

    async def work() -> float:
        await sleep(3_600.0)
        return kernel.now

    task = kernel.spawn(work(), Home())
    kernel.run(10_000.0)
    assert task.over.result() == 3_600.0


def test_waiting_ends_with_the_future_or_with_the_time() -> None:
    kernel = Kernel()
    soon, never = kernel.future(), kernel.future()

    async def wait() -> tuple[bool, bool, float]:
        first = await kernel.within(soon, 5.0)
        second = await kernel.within(never, 5.0)
        return first, second, kernel.now

    kernel.at(1.0, soon.set, "here")
    task = kernel.spawn(wait(), Home())
    kernel.run(100.0)
    assert task.over.result() == (True, False, 6.0)


def test_the_first_outcome_of_a_future_counts() -> None:
    kernel = Kernel()
    future = kernel.future()
    future.fail(ValueError("no"))
    future.set("yes")
    with pytest.raises(ValueError, match="no"):
        future.result()


def test_a_frozen_home_goes_on_when_it_thaws() -> None:
    kernel, home = Kernel(), Home()

    async def work() -> float:
        await sleep(1.0)
        return kernel.now

    task = kernel.spawn(work(), home)
    home.frozen_until = 30.0
    kernel.run(100.0)
    assert task.over.result() == 31.0


def test_what_turns_in_circles_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.simulation.kernel.STEPS_MAX", 1_000)
    kernel = Kernel()

    async def spin() -> None:
        while True:
            await sleep(0.0)

    kernel.spawn(spin(), Home())
    with pytest.raises(Endless):
        kernel.run(1.0)


def test_a_mistake_of_the_simulation_itself_ends_the_run() -> None:
    kernel = Kernel()

    async def mistake() -> None:
        raise KeyError("forgotten")

    kernel.spawn(mistake(), Home(strict=True))
    with pytest.raises(KeyError):
        kernel.run(1.0)


def test_a_dead_process_runs_nothing_on_and_reaches_nothing() -> None:
    kernel = Kernel()
    life = Life(kernel, Witness(kernel), "api0", 1, 0.0)
    world = list[str]()

    async def use(port: str) -> None:
        life.step(port)
        world.append(port)

    async def work() -> None:
        try:
            await use("before")
            await sleep(5.0)
            world.append("after the crash")
        finally:
            await use("in its last words")

    task = life.spawn(work())
    kernel.at(1.0, life.crash, "nothing in particular")
    kernel.run(100.0)
    assert world == ["before"]
    assert task.ended
    assert life.dead
    with pytest.raises(Dead):
        life.step("ever again")


def test_a_process_dies_at_the_step_that_was_drawn() -> None:
    kernel, witness = Kernel(), Witness(Kernel())
    life = Life(kernel, witness, "worker0", 2, 0.0)
    life.crash_before = "third"
    world = list[str]()

    async def work() -> None:
        for name in ("first", "second", "third", "fourth"):
            life.step(name)
            world.append(name)
            await sleep(0.1)

    async def other() -> None:
        await sleep(60.0)
        world.append("other")

    life.spawn(work())
    life.spawn(other())
    kernel.run(100.0)
    assert world == ["first", "second"]
    assert witness.facts[-1] == {
        "at": 0.0, "fact": "crashed", "process": "worker0", "owner": life.owner, "before": "third",
    }  # fmt: skip


def test_turns_are_given_in_the_order_of_arrival() -> None:
    kernel = Kernel()
    life = Life(kernel, Witness(kernel), "api0", 1, 0.0)
    order = list[int]()

    async def take(number: int) -> None:
        async with life.of("one"):
            await sleep(1.0)
            order.append(number)

    for number in range(3):
        life.spawn(take(number))
    kernel.run(10.0)
    assert order == [0, 1, 2]
    assert life.turns == {}


def test_no_two_lives_draw_the_same_id() -> None:
    kernel = Kernel()
    lives = [Life(kernel, Witness(kernel), "worker0", number, 0.0) for number in (1, 2, 3)]
    ids = [life.fresh() for life in lives for _ in range(100)]
    assert len(set(ids)) == 300
    assert {one.version for one in ids} == {4}


def test_awaits_are_cheap() -> None:
    """Counted, not timed against a bound: 100,000 awaits of one task end."""
    kernel, begun = Kernel(), time.perf_counter()

    async def work() -> int:
        for _ in range(100_000):
            await sleep(0.001)
        return kernel.steps

    task = kernel.spawn(work(), Home())
    kernel.run(1_000.0)
    assert task.over.result() == 100_001
    assert time.perf_counter() > begun
