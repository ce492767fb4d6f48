"""Readers that wait: one question for all of them, none when nobody waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from adapters.read_models.waiting import WaitingRoom
from projections.failures import ReadModelsUnavailable


class Places:
    """What subjects have reached, and how often it was asked for."""

    def __init__(self) -> None:
        self.reached: dict[str, int] = {}
        self.fails = False
        self.asked: list[set[str]] = []
        self.looked = asyncio.Event()

    async def look(self, subjects: Sequence[str]) -> dict[str, int]:
        self.asked.append(set(subjects))
        self.looked.set()
        if self.fails:
            raise ReadModelsUnavailable("gone")
        return {one: self.reached[one] for one in subjects if one in self.reached}


async def test_all_readers_share_one_question() -> None:
    places = Places()
    room = WaitingRoom(places.look, round_s=0.001)
    waiting = [asyncio.create_task(room.wait(one, 2, timeout_s=30)) for one in "aab"]
    await places.looked.wait()
    assert places.asked[0] == {"a", "b"}
    places.reached = {"a": 2, "b": 3}
    assert await asyncio.gather(*waiting) == [True, True, True]


async def test_nobody_asks_when_nobody_waits() -> None:
    places = Places()
    room = WaitingRoom(places.look, round_s=0.001)
    assert not await room.wait("a", 1, timeout_s=0.01)
    places.reached = {"a": 1}
    assert await room.wait("a", 1, timeout_s=30)
    asked = len(places.asked)
    for _ in range(10):
        await asyncio.sleep(0.001)
    assert len(places.asked) == asked


async def test_a_store_that_fails_tells_its_readers_and_later_ones_go_on() -> None:
    places = Places()
    room = WaitingRoom(places.look, round_s=0.001)
    places.fails = True
    with pytest.raises(ReadModelsUnavailable):
        await room.wait("a", 1, timeout_s=30)
    places.fails, places.reached = False, {"a": 1}
    assert await room.wait("a", 1, timeout_s=30)


async def test_a_reader_that_goes_away_leaves_nothing_behind() -> None:
    places = Places()
    room = WaitingRoom(places.look, waiting_max=1, round_s=0.001)
    waiting = asyncio.create_task(room.wait("a", 1, timeout_s=30))
    await places.looked.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    places.reached = {"b": 1}
    assert await room.wait("b", 1, timeout_s=30)
