"""What only PostgreSQL has of versions: installations that were there before, schemas that lack a
column, waits across the switch, and a switch that holds nobody up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import pytest

from adapters.read_models.postgres import (
    PostgresReadModels,
    PostgresWaits,
    ReadModels,
    migrate,
    open_home,
)
from adapters.read_models.postgres import versions as adapter
from adapters.read_models.postgres.serving import Serving, columns_of
from adapters.read_models.postgres.sweeps import PostgresSweeps
from projections.former import AsBefore
from projections.ports import Step
from projections.queries import PaymentList
from projections.recovery.sweep import Difference, Sweep
from projections.runner import Runner
from projections.versions import NotCaughtUp, Switched, Version, schema_name
from tests.projections.fake_log import FakeLog
from tests.projections.histories import Life, captured
from tests.projections.running import feed_of, project_all, projectors
from tests.projections.versions_contract import caught_up, lives

pytestmark = pytest.mark.slow


@pytest.fixture
async def old(database_dsn: str) -> AsyncIterator[ReadModels]:
    """The read models of a program of version 1, with rows."""
    async with open_home(database_dsn, own=1, ask_again_s=0.0) as home:
        await project_all(lives(), rows(home, 1))
        yield home


@pytest.fixture
async def new(old: ReadModels) -> AsyncIterator[ReadModels]:
    async with open_home(old.dsn, own=2, ask_again_s=0.0) as home:
        yield home


def rows(home: ReadModels, number: int) -> PostgresReadModels:
    return PostgresReadModels(home.pool, schema=schema_name(number))


async def run(dsn: str, statement: str) -> list[tuple[Any, ...]]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode())
        return await cursor.fetchall() if cursor.description else []


async def test_an_installation_from_before_versions_goes_on_with_what_it_has(
    database_dsn: str,
) -> None:
    await migrate(database_dsn, schema="rm_v1")
    for _ in range(2):
        async with open_home(database_dsn, own=2) as home:
            assert await home.versions.known() == [
                Version(number=1, serves=True, caught_up=True),
                Version(number=2, serves=False, caught_up=False),
            ]


async def test_a_version_whose_schema_was_dropped_by_hand_is_forgotten(
    old: ReadModels, new: ReadModels
) -> None:
    await run(old.dsn, "DROP SCHEMA rm_v1 CASCADE")
    async with open_home(old.dsn, own=2) as home:
        assert await home.versions.known() == [Version(number=2, serves=True, caught_up=True)]


async def test_many_that_start_at_once_make_one_of_each(database_dsn: str) -> None:
    async def start(own: int) -> None:
        async with open_home(database_dsn, own=own):
            pass

    await asyncio.gather(*(start(own) for own in (1, 2, 1, 2)))
    known = await run(database_dsn, "SELECT number, serves FROM read_models.version ORDER BY 1")
    assert known in ([(1, True), (2, False)], [(1, False), (2, True)])


async def test_the_old_version_is_read_without_the_columns_that_came_later(
    old: ReadModels, new: ReadModels
) -> None:
    await run(old.dsn, "ALTER TABLE rm_v1.payment_status DROP COLUMN customer")
    page = await new.queries.payments(PaymentList(merchant="m_1"))
    assert [one.customer for one in page.rows] == [None, None]
    assert (await new.queries.timeline("m_1", Life(1).payment)).rows
    await project_all(lives(), rows(new, 2))
    assert await caught_up(new.versions) == Switched(before=1, after=2)
    page = await new.queries.payments(PaymentList(merchant="m_1"))
    assert [one.customer for one in page.rows] == ["cus_1", "cus_1"]


async def test_the_old_version_is_fed_in_the_columns_and_tables_that_it_has(
    old: ReadModels, new: ReadModels
) -> None:
    await run(old.dsn, "ALTER TABLE rm_v1.payment_status DROP COLUMN customer")
    await run(old.dsn, "DROP TABLE rm_v1.payment_timeline")
    log = lives()
    log.tell(Life(5), captured(Life(5)))
    columns = await columns_of(new.pool, "rm_v1")
    for projector in projectors(log):
        before = AsBefore(projector, 1, own=2, columns=columns)
        await Runner(before, rows(new, 1)).run(feed_of(log))
    assert await new.queries.payment("m_1", Life(5).payment) is not None
    at = {one.projection: one.position for one in await new.queries.projections()}
    assert set(at.values()) == {await log.head()}


async def test_what_the_old_version_shows_after_the_switch_does_not_count(
    old: ReadModels, new: ReadModels
) -> None:
    """The old one goes on being fed, and may be ahead of the new one, which is asked next."""
    await project_all(lives(), rows(new, 2))
    late = PostgresWaits(new.pool, schema=Serving(new.pool, own=2, ask_again_s=3600.0))
    assert await late.position("recovery", 0, timeout_s=30)
    assert await caught_up(new.versions) == Switched(before=1, after=2)
    (at, *_) = {one.position for one in await old.queries.projections()}
    step = Step(projection="recovery", after=at, epoch=0, position=at + 10, recorded_at=None)
    await rows(old, 1).apply(step)
    assert await old.waits.position("recovery", at + 10, timeout_s=30)
    assert not await late.position("recovery", at + 10, timeout_s=0.1)
    assert not await new.waits.position("recovery", at + 10, timeout_s=0.1)
    await rows(new, 2).apply(step)
    assert await new.waits.position("recovery", at + 10, timeout_s=30)


async def test_a_new_version_that_is_a_moment_behind_is_waited_for_and_then_left(
    old: ReadModels, new: ReadModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old one stands still meanwhile, so that there is a moment to compare: not for long."""
    log = lives()
    await project_all(log, rows(new, 2))
    with pytest.raises(NotCaughtUp):
        await new.versions.catch_up(log)
    first, second = one_more(log), one_more(log)
    await rows(old, 1).apply(first)
    with pytest.raises(NotCaughtUp, match="a moment behind"):
        await new.versions.catch_up(log)
    with pytest.raises(NotCaughtUp):  # and it is not held again before the new one has moved
        await new.versions.catch_up(log)
    monkeypatch.setattr(adapter, "HELD_S_MAX", 30.0)
    await rows(new, 2).apply(first)
    await rows(old, 1).apply(second)
    switching = asyncio.create_task(new.versions.catch_up(log))
    await asyncio.sleep(0)
    await rows(new, 2).apply(second)
    assert await switching == Switched(before=1, after=2)


def one_more(log: FakeLog) -> Step:
    """Of a fact that changes nothing."""
    before = log.events[-1].position
    log.ignored()
    return Step(
        projection="recovery",
        after=before,
        epoch=0,
        position=log.events[-1].position,
        recorded_at=None,
    )


async def test_the_work_list_is_swept_once_a_day(old: ReadModels, new: ReadModels) -> None:
    sweeps = PostgresSweeps(old.pool, own=1)
    assert (await sweeps.is_due(), await sweeps.last()) == (True, None)
    found = (
        Difference(stream="payment-1", kind="missing"),
        Difference(stream="payment-2", kind="stale"),
    )
    await sweeps.swept(Sweep(events=9, open=5, differences=found, unread=1, left=2))
    last = await sweeps.last()
    assert last is not None
    assert (last.open, last.differences, last.unread, last.unsettled) == (5, 2, 1, 2)
    assert not await sweeps.is_due()
    await run(old.dsn, "UPDATE read_models.sweep SET finished_at = now() - interval '25 hours'")
    assert await sweeps.is_due()
    await sweeps.swept(Sweep(events=9, open=4, differences=(), unread=0, left=0))
    assert not await sweeps.is_due()
    assert not await PostgresSweeps(new.pool, own=2).is_due()  # it has not caught up yet


async def test_nothing_is_read_where_no_version_serves(new: ReadModels) -> None:
    await run(new.dsn, "DELETE FROM read_models.version")
    assert await new.versions.catch_up(lives()) is None
    with pytest.raises(Exception, match="no version of the read models serves"):
        await new.queries.projections()
