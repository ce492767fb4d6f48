"""Bugs of the read side: rows that are lost, stale or gone too early."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from domain.log import RecordedEvent
from domain.payment.events import PaymentEvent
from projections.payment_status import PaymentStatus
from projections.ports import Step
from projections.recovery import RECOVERY, Recovery
from projections.runner import Runner
from projections.streams import StreamFolds, decode
from projections.tables import Change, Remove
from tests.simulation.sabotage.planting import plants

_commit = Runner._commit
_status = PaymentStatus.project
_recovery = Recovery.project


@plants("projections.runner:Runner._commit", "rows_equal_fold")
async def checkpoint_before_the_row(self: Runner, step: Step) -> None:
    """Stores the checkpoint first and the rows in a transaction of their own."""
    await _commit(self, replace(step, changes=(), parked=(), held={}))
    await _commit(self, replace(step, after=step.position))


@plants("projections.payment_status.projector:PaymentStatus.project", "rows_equal_fold")
async def stale_row_never_updated(self: PaymentStatus, event: RecordedEvent) -> Sequence[Change]:
    """Does not touch a row again once the payment has an outcome."""
    changes = await _status(self, event)
    return () if event.type in ("RefundSucceeded", "CaptureSucceeded") else changes


@plants("projections.recovery.projector:Recovery.project", "rows_equal_fold")
async def taken_off_the_list_too_early(self: Recovery, event: RecordedEvent) -> Sequence[Change]:
    """Takes a payment off the work list as soon as anybody has taken it over."""
    if event.type == "AttemptTakenOver":
        return (Remove(RECOVERY, (event.stream,)),)
    return await _recovery(self, event)


@plants("projections.streams:StreamFolds.after", "rows_equal_fold")
async def fold_not_read_again(
    self: StreamFolds[Any], event: RecordedEvent
) -> tuple[Any, PaymentEvent]:
    """Keeps its folds in memory, and does not read the streams again after a restart."""
    fact = decode(self._codec, event)
    known = self._staged.get(event.stream) or self._kept.get(event.stream)
    state = self._step(known[1] if known else None, fact, event)
    self._staged[event.stream] = (event.revision, state)
    return state, fact
