"""Keeps a RecoveryWorker busy: asks for what is due and carries several payments on at a time."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from adapters.cancellation import heed_cancellation
from adapters.read_models.progress import GetsOn, unheard
from application.recovery.worker import RecoveryWorker
from domain.due import DueStream

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.25
PAUSE_AFTER_FAILURE_S: Final = 2.0
BROKEN_OFF_S_MAX: Final = 5.0


async def keep_recovering(
    worker: RecoveryWorker, *, concurrency: int, gets_on: GetsOn = unheard
) -> None:
    """Until it is cancelled. One payment is in hand at most once. Where all hands are full and
    none of them becomes free, it does not get on."""
    in_hand: dict[str, asyncio.Task[bool]] = {}
    try:
        while True:
            free = concurrency - len(in_hand)
            # What is in hand is still due, and stands first in the list.
            listed = await _due(worker, concurrency) if free else []
            for due in [one for one in listed if one.stream not in in_hand][:free]:
                task = asyncio.create_task(worker.take_up(due), name=f"recover {due.stream}")
                in_hand[due.stream] = task
            heed_cancellation()
            await asyncio.sleep(LOOK_EVERY_S)
            over = [name for name, task in in_hand.items() if task.done()]
            for stream in over:
                in_hand.pop(stream).result()
            if free or over:
                gets_on()
    finally:
        await _break_off(list(in_hand.values()))


async def _break_off(tasks: list[asyncio.Task[bool]]) -> None:
    """As after a crash: what is half done is carried on by whoever comes next. Nothing of it is
    left to work on stores that are being closed."""
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=BROKEN_OFF_S_MAX)


async def _due(worker: RecoveryWorker, limit: int) -> list[DueStream]:
    try:
        return await worker.due(limit)
    except Exception:
        log.exception("the work list cannot be read")
        await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
        return []
