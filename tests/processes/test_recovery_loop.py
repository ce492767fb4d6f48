"""The recovery loop ends when it is told to, and leaves nothing behind that goes on working."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from api.processes.recovery_loop import keep_recovering
from application.recovery.worker import RecoveryWorker
from domain.due import DueStream

DUE = DueStream(
    stream="payment-1",
    revision=3,
    merchant="alma",
    owner=None,
    recover_after=datetime(2026, 11, 1, tzinfo=UTC),
    tries=0,
)


class Busy:
    """A worker in the midst of a payment. `deaf`: its list waits as a database client may, and
    swallows what cancels it."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.deaf = deaf
        self.took_up = asyncio.Event()
        self.reading_again = asyncio.Event()
        self.over = asyncio.Event()

    async def due(self, limit: int, *, share: int) -> list[DueStream]:
        if self.took_up.is_set():
            self.reading_again.set()
        if self.deaf and self.took_up.is_set():
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
        return [DUE]

    async def take_up(self, due: DueStream) -> bool:
        self.took_up.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.over.set()
        return True


class Listing:
    """A worker whose payments never end. The list tells what is due, in hand or not."""

    def __init__(self, *names: str) -> None:
        self.names = names
        self.taken: list[str] = []
        self.all_taken = asyncio.Event()

    async def due(self, limit: int, *, share: int) -> list[DueStream]:
        return [replace(DUE, stream=name) for name in self.names[:share]]

    async def take_up(self, due: DueStream) -> bool:
        self.taken.append(due.stream)
        if len(self.taken) == 2:
            self.names = ("a", "b", "c", "d", "e")
        if len(self.taken) == 4:
            self.all_taken.set()
        return bool(await asyncio.Event().wait())


async def test_what_is_in_hand_hides_nothing_that_is_due_behind_it() -> None:
    listing = Listing("a", "b")
    looping = asyncio.create_task(keep_recovering(cast(RecoveryWorker, listing), share=4))
    async with asyncio.timeout(10):
        await listing.all_taken.wait()
    looping.cancel()
    await asyncio.wait({looping})

    assert listing.taken == ["a", "b", "c", "d"]


class Crowd:
    """A worker with more that waits for `alpha`, which hangs, than may be in hand, and something
    for `beta` that comes late and stands behind all of it."""

    def __init__(self) -> None:
        self.in_hand = 0
        self.beta_taken = asyncio.Event()
        self.looked_again = asyncio.Event()

    async def due(self, limit: int, *, share: int) -> list[DueStream]:
        """Those in hand have moved on, and are listed no more."""
        if self.in_hand >= share:
            self.looked_again.set()
        first = self.in_hand
        crowd = [
            replace(DUE, stream=f"alpha {one}", waits_for="alpha")
            for one in range(first, first + share)
        ]
        return [*crowd, replace(DUE, stream="beta", waits_for="beta")] if first else crowd

    async def take_up(self, due: DueStream) -> bool:
        if due.waits_for == "beta":
            self.beta_taken.set()
            return True
        self.in_hand += 1
        return bool(await asyncio.Event().wait())


async def test_a_gateway_that_hangs_has_its_share_in_hand_and_others_go_on() -> None:
    crowd = Crowd()
    looping = asyncio.create_task(keep_recovering(cast(RecoveryWorker, crowd), share=4))
    async with asyncio.timeout(10):
        await crowd.beta_taken.wait()
        await crowd.looked_again.wait()
    looping.cancel()
    await asyncio.wait({looping})

    assert crowd.in_hand == 4


@pytest.mark.parametrize("deaf", [False, True])
async def test_it_ends_with_all_that_it_has_in_hand(deaf: bool) -> None:
    busy = Busy(deaf=deaf)
    looping = asyncio.create_task(keep_recovering(cast(RecoveryWorker, busy), share=4))
    async with asyncio.timeout(10):
        await busy.reading_again.wait()
        looping.cancel()
        await asyncio.wait({looping})

    assert looping.cancelled()
    assert busy.over.is_set()
