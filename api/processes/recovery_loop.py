"""Keeps a RecoveryWorker busy: asks for what is due and carries several payments on at a time."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from adapters.cancellation import heed_cancellation
from adapters.outage import Outage
from adapters.read_models.progress import GetsOn, unheard
from application.recovery.shares import IN_HAND_MAX, next_up
from application.recovery.worker import RecoveryWorker
from domain.due import DueStream
from projections.failures import Interrupted

log = logging.getLogger(__name__)

LOOK_EVERY_S: Final = 0.25
PAUSE_AFTER_FAILURE_S: Final = 2.0
BROKEN_OFF_S_MAX: Final = 5.0


async def keep_recovering(worker: RecoveryWorker, *, share: int, gets_on: GetsOn = unheard) -> None:
    """Until it is cancelled. One payment is in hand at most once, and at most `share` of those that
    wait for one gateway. Where as much as a share is in hand, and nothing of it becomes free, it
    does not get on."""
    in_hand: dict[DueStream, asyncio.Task[bool]] = {}
    outage = Outage(log, "the work list cannot be read")
    try:
        while True:
            # What is in hand is still due, and stands first in the list of its gateway.
            for due in next_up(await _due(worker, share, outage), in_hand, share=share):
                task = asyncio.create_task(worker.take_up(due), name=f"recover {due.stream}")
                in_hand[due] = task
            heed_cancellation()
            await asyncio.sleep(LOOK_EVERY_S)
            over = [one for one, task in in_hand.items() if task.done()]
            for due in over:
                in_hand.pop(due).result()
            if over or len(in_hand) < share:
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


async def _due(worker: RecoveryWorker, share: int, outage: Outage) -> list[DueStream]:
    try:
        found = await worker.due(IN_HAND_MAX, share=share)
    except Interrupted as interrupted:
        outage.failed(interrupted)
        await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
        return []
    except Exception:
        log.exception("the work list cannot be read")
        await asyncio.sleep(PAUSE_AFTER_FAILURE_S)
        return []
    outage.works()
    return found
