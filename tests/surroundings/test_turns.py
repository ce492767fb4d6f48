"""Turns: one at a time per name, in order of arrival, nothing left behind."""

import asyncio

import pytest

from adapters.surroundings import LocalTurns
from application.ports.surroundings import Turns


async def let_others_run() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def takes_a_turn(turns: Turns, order: list[str], who: str) -> None:
    async with turns.of("a"):
        order.append(who)


async def test_one_at_a_time_in_order_of_arrival() -> None:
    turns: Turns = LocalTurns()
    inside = 0
    order: list[int] = []

    async def work(number: int) -> None:
        nonlocal inside
        async with turns.of("payment-1"):
            inside += 1
            assert inside == 1
            await asyncio.sleep(0)
            order.append(number)
            inside -= 1

    await asyncio.gather(*(work(number) for number in range(50)))
    assert order == list(range(50))


async def test_other_names_do_not_wait() -> None:
    turns = LocalTurns()
    async with turns.of("a"), turns.of("b"):
        assert len(turns) == 2


async def test_names_out_of_use_are_forgotten() -> None:
    turns = LocalTurns()

    async def work(name: str) -> None:
        async with turns.of(name):
            await asyncio.sleep(0)

    await asyncio.gather(*(work(f"payment-{number % 10}") for number in range(100)))
    assert len(turns) == 0


async def test_an_error_inside_gives_the_turn_back() -> None:
    turns = LocalTurns()
    with pytest.raises(ZeroDivisionError):
        async with turns.of("a"):
            raise ZeroDivisionError
    assert len(turns) == 0
    async with turns.of("a"):
        assert len(turns) == 1


async def test_who_is_cancelled_while_waiting_leaves_the_queue() -> None:
    turns = LocalTurns()
    order: list[str] = []
    async with turns.of("a"):
        gone = asyncio.create_task(takes_a_turn(turns, order, "gone"))
        stays = asyncio.create_task(takes_a_turn(turns, order, "stays"))
        await let_others_run()
        gone.cancel()
        await let_others_run()
        assert order == []
    await stays
    assert gone.cancelled()
    assert order == ["stays"]
    assert len(turns) == 0


async def test_who_is_cancelled_in_the_moment_of_its_turn_hands_it_on() -> None:
    turns = LocalTurns()
    order: list[str] = []
    async with turns.of("a"):
        first = asyncio.create_task(takes_a_turn(turns, order, "first"))
        second = asyncio.create_task(takes_a_turn(turns, order, "second"))
        await let_others_run()
    first.cancel()  # the lock was given to it, and it has not run yet
    await second
    assert order == ["second"]
    assert first.cancelled()
    assert len(turns) == 0


async def test_who_is_cancelled_inside_gives_the_turn_back() -> None:
    turns = LocalTurns()
    entered = asyncio.Event()

    async def work() -> None:
        async with turns.of("a"):
            entered.set()
            await asyncio.Event().wait()

    holder = asyncio.create_task(work())
    await entered.wait()
    holder.cancel()
    async with turns.of("a"):
        assert holder.done()
    assert len(turns) == 0
