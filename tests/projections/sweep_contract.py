"""What a sweep of the work list does over any home of read models: whatever was wrong is right."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest

from domain.log import BEFORE_FIRST
from projections.failures import LogUnavailable
from projections.ports import ReadModelStore, Step
from projections.recovery import RECOVERY, Recovery
from projections.recovery import sweep as sweeping
from projections.recovery.sweep import Difference, Sweep, TooManyOpen, sweep
from projections.runner import Runner
from projections.tables import Change, Remove
from tests.projections.fake_log import FakeLog
from tests.projections.histories import START, Life, captured
from tests.projections.models import Models
from tests.projections.running import feed_of
from tests.projections.store_contract import due

OPEN: Final = 4


async def at_once() -> None:
    """Nobody else has anything to do."""


def open_payments() -> FakeLog:
    """Payments 1 to OPEN are due some time, payment 9 is over, and something is ignored."""
    log = FakeLog()
    for number in (*range(1, OPEN + 1), 9):
        life = Life(number)
        log.tell(life, captured(life)[:-1], recover_after=START + timedelta(minutes=number))
    over = Life(9)
    log.tell(over, captured(over)[-1:])
    log.ignored()
    return log


async def fold(log: FakeLog, store: ReadModelStore) -> None:
    await Runner(Recovery(), store).run(feed_of(log))


async def damage(store: ReadModelStore, *changes: Change) -> None:
    """Changes rows behind the projection's back."""
    at = await store.progress(Recovery.name)
    await store.apply(
        Step(
            projection=Recovery.name,
            after=at.position,
            epoch=at.epoch,
            position=at.position,
            recorded_at=None,
            changes=changes,
        )
    )


async def swept(log: FakeLog, models: Models) -> Sweep:
    return await sweep(log, models.store, models.listed, give_way=at_once)


async def rows(models: Models) -> dict[Any, dict[str, Any]]:
    return await models.rows(RECOVERY)


def lost(number: int) -> Remove:
    return Remove(RECOVERY, (Life(number).stream,))


class SweepContract:
    async def test_a_list_as_it_should_be_is_left_alone(self, models: Models) -> None:
        log = open_payments()
        await fold(log, models.store)
        before, at = await rows(models), await models.store.progress(Recovery.name)
        done = await swept(log, models)
        assert done == Sweep(events=len(log.events), open=OPEN, differences=(), unread=0, left=0)
        assert (await rows(models), await models.store.progress(Recovery.name)) == (before, at)

    async def test_a_lost_row_is_found_and_due_again(self, models: Models) -> None:
        log, stream = open_payments(), Life(2).stream
        await fold(log, models.store)
        before = await rows(models)
        await damage(models.store, lost(2))
        later = START + timedelta(hours=1)
        assert stream not in [one.stream for one in await models.work_list.due(later, 10)]
        done = await swept(log, models)
        assert done.differences == (Difference(stream=stream, kind="missing"),)
        assert stream in [one.stream for one in await models.work_list.due(later, 10)]
        assert await rows(models) == before
        assert (await swept(log, models)).differences == ()

    async def test_whatever_differs_is_as_the_log_says_again(self, models: Models) -> None:
        log = open_payments()
        await fold(log, models.store)
        before = await rows(models)
        await damage(
            models.store,
            lost(1),
            due(Life(2).stream, revision=1),
            due(Life(3).stream, revision=99),
            due(Life(9).stream, revision=3),
            due("payment-of-nobody", revision=7),
        )
        done = await swept(log, models)
        assert {one.stream: one.kind for one in done.differences} == {
            Life(1).stream: "missing",
            Life(2).stream: "stale",
            Life(3).stream: "stale",
            Life(9).stream: "left over",
            "payment-of-nobody": "left over",
        }
        assert await rows(models) == before

    async def test_what_was_put_off_is_no_difference(self, models: Models) -> None:
        log, until = open_payments(), START + timedelta(days=2)
        await fold(log, models.store)
        (first, *_) = await models.work_list.due(START + timedelta(hours=1), 1)
        assert await models.work_list.defer(first.stream, first.revision, until, 5)
        before = await rows(models)
        assert (await swept(log, models)).differences == ()
        assert await rows(models) == before

    async def test_what_the_projection_has_still_to_come_to_is_no_difference(
        self, models: Models
    ) -> None:
        log = open_payments()
        await fold(log, models.store)
        log.tell(Life(1), captured(Life(1))[-1:])
        log.tell(Life(7), captured(Life(7))[:2], recover_after=START)
        assert (await swept(log, models)).differences == ()
        await fold(log, models.store)
        assert (await swept(log, models)).differences == ()

    async def test_the_projection_goes_on_behind_a_sweep(self, models: Models) -> None:
        log = open_payments()
        await fold(log, models.store)
        await damage(models.store, lost(1), lost(2))
        await swept(log, models)
        log.tell(Life(1), captured(Life(1))[-1:])
        await fold(log, models.store)
        assert (Life(1).stream,) not in await rows(models)
        assert (Life(2).stream,) in await rows(models)

    async def test_a_stream_that_cannot_be_read_is_left_as_it_was_parked(
        self, models: Models
    ) -> None:
        log = open_payments()
        log.add(Life(1).stream, "Strange", b"{}", b"not metadata")
        log.tell(Life(1), captured(Life(1))[-1:])
        await fold(log, models.store)
        before = await rows(models)
        assert before[(Life(1).stream,)]["revision"] == 2
        done = await swept(log, models)
        assert (done.differences, done.unread, done.open) == ((), 1, OPEN - 1)
        assert await rows(models) == before

    async def test_many_are_swept_part_by_part(
        self, models: Models, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = open_payments()
        await fold(log, models.store)
        before = await rows(models)
        await damage(models.store, lost(1), lost(4), due("payment-of-nobody"))
        monkeypatch.setattr(sweeping, "OPEN_STREAMS_MAX", 2)
        monkeypatch.setattr(sweeping, "PAGE_ROWS", 1)
        done = await swept(log, models)
        assert (done.open, len(done.differences)) == (OPEN, 3)
        assert await rows(models) == before
        monkeypatch.setattr(sweeping, "OPEN_STREAMS_MAX", 0)
        with pytest.raises(TooManyOpen):
            await swept(log, models)

    async def test_no_more_than_so_many_are_looked_into(
        self, models: Models, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = open_payments()
        await fold(log, models.store)
        before = await rows(models)
        await damage(models.store, lost(1), lost(2), lost(3))
        monkeypatch.setattr(sweeping, "COMPARED_MAX", 2)
        done = await swept(log, models)
        assert (len(done.differences), done.left) == (2, 1)
        assert len((await swept(log, models)).differences) == 1
        assert await rows(models) == before

    async def test_a_log_that_does_not_answer_interrupts(self, models: Models) -> None:
        log = open_payments()
        await fold(log, models.store)
        await damage(models.store, lost(1))
        log.fails = [OSError("away")]
        with pytest.raises(LogUnavailable, match="away"):
            await swept(log, models)
        assert len((await swept(log, models)).differences) == 1

    async def test_nothing_is_missing_where_nothing_was_folded(self, models: Models) -> None:
        assert (await models.store.progress(Recovery.name)).position == BEFORE_FIRST
        done = await swept(open_payments(), models)
        assert (done.differences, done.open) == ((), OPEN)
