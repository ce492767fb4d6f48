"""The recovery loop ends when it is told to, and leaves nothing behind that goes on working."""

from __future__ import annotations

import asyncio
from contextlib import suppress
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

    async def due(self, limit: int) -> list[DueStream]:
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


@pytest.mark.parametrize("deaf", [False, True])
async def test_it_ends_with_all_that_it_has_in_hand(deaf: bool) -> None:
    busy = Busy(deaf=deaf)
    looping = asyncio.create_task(keep_recovering(cast(RecoveryWorker, busy), concurrency=4))
    async with asyncio.timeout(10):
        await busy.reading_again.wait()
        looping.cancel()
        await asyncio.wait({looping})

    assert looping.cancelled()
    assert busy.over.is_set()
