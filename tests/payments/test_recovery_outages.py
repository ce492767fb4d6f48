"""The worker while the stores are away: the payments cannot help it, and do not pay for it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from application.ports.event_store import StoreUnavailable
from tests.payments.remote import CHARGED_SILENTLY, LOST
from tests.payments.world import World


async def test_an_outage_of_the_log_is_no_reason_to_look_more_rarely(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.given(alpha=[CHARGED_SILENTLY])
    await world.create()
    await world.passes(5)
    (due,) = await world.api.worker.due(10)
    caplog.set_level(logging.DEBUG)
    now = world.api.surroundings.now()
    world.store.reads_fail = StoreUnavailable("no answer")

    assert await world.api.worker.take_up(replace(due, tries=6)) is False

    until, tries = world.work.deferred[due.stream, due.revision]
    assert ((until - now).total_seconds(), tries) == (5.0, 6)
    told = [one for one in caplog.records if due.stream in one.getMessage()]
    assert [(one.levelno, one.getMessage()) for one in told] == [
        (logging.DEBUG, f"recovery of {due.stream}, again soon: no answer")
    ]


async def test_a_work_list_that_cannot_be_written_ends_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(stream: str, revision: int, until: datetime, tries: int) -> bool:
        raise ConnectionError("the read models do not answer")

    world.given(alpha=[CHARGED_SILENTLY])
    answer = await world.create()
    await world.passes(5)
    (due,) = await world.api.worker.due(10)
    monkeypatch.setattr(world.work, "defer", away)
    world.store.reads_fail = StoreUnavailable("no answer")

    assert await world.api.worker.take_up(due) is False
    assert await world.api.worker.take_up(due) is False
    told = [one for one in caplog.records if "can be put off" in one.getMessage()]
    assert [(one.levelno, one.exc_info) for one in told] == [(logging.WARNING, None)]

    world.store.reads_fail = None
    assert await world.api.worker.take_up(due) is True
    assert (await world.view(answer.payment))["status"] == "succeeded"


async def test_what_a_dead_owner_left_is_not_put_off_beyond_its_time(world: World) -> None:
    """Known to be unknown already: nothing can be done before it is due, however often it is
    taken up."""
    world.alpha.can(look_up=False)
    world.given(alpha=[LOST])
    await world.create()
    world.dead.add("api-1")
    worker = world.start("worker-1").worker
    (orphan,) = await worker.due(10)
    assert orphan.recover_after > world.api.surroundings.now()

    assert await worker.take_up(replace(orphan, tries=6)) is False

    assert world.work.deferred[orphan.stream, orphan.revision] == (orphan.recover_after, 6)


async def test_what_is_due_at_this_very_moment_and_cannot_be_helped_is_put_off(
    world: World,
) -> None:
    """Else it would be due again at once, and again."""
    world.alpha.can(look_up=False, key_lifetime_s=0.0)
    world.given(alpha=[LOST])
    await world.create()
    moment = await world.work.next_at()
    assert moment is not None
    await world.until(moment)
    (due,) = await world.api.worker.due(10)
    assert due.recover_after == world.api.surroundings.now()

    assert await world.api.worker.take_up(due) is False

    assert world.work.deferred[due.stream, due.revision] == (moment + timedelta(seconds=5), 1)


async def test_a_worker_that_hangs_holds_a_payment_for_15_s(world: World) -> None:
    world.given(alpha=[CHARGED_SILENTLY])
    answer = await world.create()
    await world.passes(5)
    (due,) = await world.api.worker.due(10)
    other = world.start("worker-1").worker
    world.store.reads_take_s = 60.0
    hanging = asyncio.create_task(world.api.worker.take_up(due))
    await world.passes(1)
    world.store.reads_take_s = 0.0

    await world.passes(13.75)
    assert await other.take_up(due) is False
    await world.passes(0.25)
    assert await other.take_up(due) is True

    assert (await world.view(answer.payment))["status"] == "succeeded"
    await hanging
