"""Hot state in this process: the contract, and its bounds."""

import asyncio
import time
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from adapters.hot_state.memory import MemoryHotState
from application.ports.hot_state import Fresh, HotState, HotStateUnavailable, Running
from tests.hot_state.contract import LONG_S, HotStateContract, answer


class TestMemoryHotState(HotStateContract):
    @pytest.fixture
    async def state(self) -> AsyncIterator[HotState]:
        state = MemoryHotState(time.monotonic)
        yield state
        await state.aclose()


async def test_the_longest_unused_command_is_forgotten_first() -> None:
    state = MemoryHotState(lambda: 0.0, commands_max=2)
    first, second, third = uuid4(), uuid4(), uuid4()
    await state.conclude(first, answer(), ttl_s=LONG_S)
    await state.conclude(second, answer(), ttl_s=LONG_S)
    await state.begin(first, running_ttl_s=LONG_S)  # used again
    await state.conclude(third, answer(), ttl_s=LONG_S)
    assert await state.wait(second, timeout_s=0) is None
    assert await state.wait(first, timeout_s=0) == answer()
    assert await state.wait(third, timeout_s=0) == answer()


async def test_answers_are_bounded_in_bytes() -> None:
    state = MemoryHotState(lambda: 0.0, answer_bytes_max=100)
    commands = [uuid4() for _ in range(5)]
    for command in commands:
        await state.conclude(command, answer(body=b"x" * 40), ttl_s=LONG_S)
    kept = [await state.wait(command, timeout_s=0) is not None for command in commands]
    assert kept == [False, False, False, True, True]


async def test_locks_are_bounded_and_expired_ones_make_room() -> None:
    now = 0.0
    state = MemoryHotState(lambda: now, locks_max=2)
    await state.lock("a", ttl_s=1.0)
    await state.lock("b", ttl_s=5.0)
    with pytest.raises(HotStateUnavailable):
        await state.lock("c", ttl_s=1.0)
    now = 1.0
    assert await state.lock("c", ttl_s=1.0) is not None
    assert await state.lock("b", ttl_s=1.0) is None


async def test_the_injected_clock_decides_what_has_expired() -> None:
    now = 0.0
    state = MemoryHotState(lambda: now)
    command = uuid4()
    await state.begin(command, running_ttl_s=10.0)
    now = 9.9
    assert await state.begin(command, running_ttl_s=10.0) == Running()
    now = 10.0
    assert await state.begin(command, running_ttl_s=10.0) == Fresh()


async def test_closing_ends_all_waiting() -> None:
    state = MemoryHotState(lambda: 0.0)
    command = uuid4()
    await state.begin(command, running_ttl_s=LONG_S)
    waiting = asyncio.create_task(state.wait(command, timeout_s=LONG_S))
    await asyncio.sleep(0)
    await state.aclose()
    async with asyncio.timeout(10):
        assert await waiting is None


async def test_old_windows_are_dropped() -> None:
    state = MemoryHotState(lambda: 0.0)
    for minute in range(2_000):
        await state.record_outcome("alpha", "card", ok=True, minute=minute)
    newest = await state.recent_outcomes(["alpha"], "card", minute=1_999, minutes=30)
    oldest = await state.recent_outcomes(["alpha"], "card", minute=29, minutes=30)
    assert newest == {"alpha": (30, 30)}
    assert oldest == {"alpha": (0, 0)}
