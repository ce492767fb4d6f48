"""What every home of read models keeps to while one version takes the place of another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import pytest

from application.ports.work_list import WorkList
from domain.log import RecordedEvent
from projections.failures import LogUnavailable, ReadModelsUnavailable
from projections.payment_status import PAYMENT_STATUS
from projections.ports import ReadModelStore, Versions
from projections.queries import PaymentRow, Queries
from projections.tables import Put
from projections.versions import JUST_STARTED_S, KEPT_S, HeldBack, NotCaughtUp, Switched, Version
from tests.projections.fake_log import FakeLog, interleaved
from tests.projections.histories import START, Life, captured, declined
from tests.projections.running import project_all
from tests.projections.store_contract import parked, step

LOOKS_MAX: Final = 3  # a home may want to see the new version move first
OLD, NEW = 3, 4
A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A process of one version. `queries` and `work_list` read what is to be read."""

    versions: Versions
    queries: Callable[[], Queries]
    work_list: Callable[[], WorkList]


class Site(Protocol):
    """An installation that programs are started on."""

    async def start(self, own: int) -> Program: ...

    async def stop(self, program: Program) -> None: ...

    def rows(self, number: int) -> ReadModelStore: ...

    async def pass_by(self, seconds: float) -> None:
        """So much later."""
        ...


def lives() -> FakeLog:
    """One payment that is due for recovery, and one that is over."""
    one, other = Life(1), Life(2)
    log = interleaved([(other, declined(other))])
    log.tell(one, captured(one)[:-1], recover_after=START)
    return log


class Silent(FakeLog):
    """Does not answer."""

    async def read_all(self, *, after: int, limit: int = 4096) -> list[RecordedEvent]:
        raise OSError("away")


async def caught_up(versions: Versions, log: FakeLog | None = None) -> Switched | None:
    """`log`: lives() where it is not given."""
    told = log or lives()
    for _ in range(LOOKS_MAX - 1):
        try:
            return await versions.catch_up(told)
        except NotCaughtUp:
            continue
    return await versions.catch_up(told)


def put_status(row: PaymentRow, status: str) -> Put:
    columns = {one.name: getattr(row, one.name) for one in PAYMENT_STATUS.columns}
    return Put(PAYMENT_STATUS, columns | {"status": status})


def version(number: int, *, serves: bool = False, caught_up: bool = True) -> Version:
    return Version(number=number, serves=serves, caught_up=caught_up)


class VersionsContract:
    async def test_a_new_installation_starts_at_the_newest(self, site: Site) -> None:
        program = await site.start(NEW)
        assert await program.versions.known() == [version(NEW, serves=True)]
        assert await program.versions.catch_up(lives()) is None
        assert (await program.queries().projections()) == []

    async def test_all_read_the_old_version_until_the_new_one_shows_as_much(
        self, site: Site
    ) -> None:
        old, log = await site.start(OLD), lives()
        await project_all(log, site.rows(OLD))
        new = await site.start(NEW)
        assert await new.versions.known() == [
            version(OLD, serves=True),
            version(NEW, caught_up=False),
        ]
        for program in (old, new):
            assert await program.queries().payment("m_1", Life(1).payment) is not None
            assert await program.work_list().due(START + timedelta(hours=1), 10)
        for _ in range(LOOKS_MAX):
            with pytest.raises(NotCaughtUp):
                await new.versions.catch_up(log)
        await project_all(log, site.rows(NEW))
        assert await caught_up(new.versions) == Switched(before=OLD, after=NEW)
        assert await old.versions.known() == [version(OLD), version(NEW, serves=True)]
        assert await new.versions.catch_up(log) is None

    async def test_each_program_reads_the_newest_that_it_knows(self, site: Site) -> None:
        old, log = await site.start(OLD), lives()
        new = await site.start(NEW)
        for number in (OLD, NEW):
            await project_all(log, site.rows(number))
        assert await caught_up(new.versions) == Switched(before=OLD, after=NEW)
        changed = await site.rows(NEW).progress("payment_status")
        row = await new.queries().payment("m_1", Life(1).payment)
        assert row is not None
        await site.rows(NEW).apply(
            step(
                projection="payment_status",
                after=changed.position,
                position=changed.position + 1,
                changes=[put_status(row, "said otherwise")],
            )
        )
        said = [
            found.status
            for program in (old, new)
            if (found := await program.queries().payment("m_1", Life(1).payment))
        ]
        assert said == [row.status, "said otherwise"]

    async def test_what_was_put_off_stays_put_off(self, site: Site) -> None:
        old, log, later = await site.start(OLD), lives(), START + timedelta(hours=1)
        await project_all(log, site.rows(OLD))
        (due,) = await old.work_list().due(later, 10)
        assert await old.work_list().defer(due.stream, due.revision, later + A_DAY, 7)
        new = await site.start(NEW)
        await project_all(log, site.rows(NEW))
        assert await caught_up(new.versions)
        assert await new.work_list().due(later, 10) == []
        (back,) = await new.work_list().due(later + A_DAY, 10)
        assert (back.stream, back.tries) == (due.stream, 7)

    async def test_a_stream_that_only_the_new_version_parked_holds_it_back(
        self, site: Site
    ) -> None:
        await site.start(OLD)
        new, log = await site.start(NEW), lives()
        for number in (OLD, NEW):
            await project_all(log, site.rows(number))
        for number in (NEW, OLD):
            progress = await site.rows(number).progress("recovery")
            moved = step(
                after=progress.position,
                position=progress.position + 1,
                parked=[parked("payment-1")],
            )
            await site.rows(number).apply(moved)
            if number == NEW:
                with pytest.raises(HeldBack, match=r"recovery.* has parked payment-1"):
                    await caught_up(new.versions)
        assert await caught_up(new.versions) == Switched(before=OLD, after=NEW)

    async def test_what_both_ignore_is_not_waited_for(self, site: Site) -> None:
        """A store says to one reader earlier than to another that there was nothing for them."""
        await site.start(OLD)
        new, log = await site.start(NEW), lives()
        for number in (OLD, NEW):
            await project_all(log, site.rows(number))
        head = await log.head()
        ahead = step(after=head, position=head + 5, recorded_at=None)
        await site.rows(OLD).apply(ahead)
        assert await caught_up(new.versions, log) == Switched(before=OLD, after=NEW)

    async def test_a_log_that_does_not_answer_switches_nothing(self, site: Site) -> None:
        await site.start(OLD)
        new, log = await site.start(NEW), lives()
        await project_all(log, site.rows(OLD))
        with pytest.raises((LogUnavailable, NotCaughtUp)):
            await caught_up(new.versions, Silent())
        assert [one.number for one in await new.versions.known() if one.serves] == [OLD]

    async def test_of_many_that_look_one_switches(self, site: Site) -> None:
        await site.start(OLD)
        programs, log = [await site.start(NEW) for _ in range(4)], lives()
        for number in (OLD, NEW):
            await project_all(log, site.rows(number))
        found: list[Switched | None] = []
        for _ in range(LOOKS_MAX):
            looks = [one.versions.catch_up(log) for one in programs]
            told = await asyncio.gather(*looks, return_exceptions=True)
            assert all(one is None or isinstance(one, Switched | NotCaughtUp) for one in told)
            found += [one for one in told if isinstance(one, Switched)]
        assert found == [Switched(before=OLD, after=NEW)]

    async def test_an_old_program_that_comes_back_waits_for_its_own_rows(self, site: Site) -> None:
        await site.start(NEW)
        log = lives()
        await project_all(log, site.rows(NEW))
        old = await site.start(OLD)
        with pytest.raises(ReadModelsUnavailable, match="rm_v3 is still being folded"):
            await old.queries().payment("m_1", Life(1).payment)
        await project_all(log, site.rows(OLD))
        assert await caught_up(old.versions) is None
        assert await old.versions.known() == [version(OLD), version(NEW, serves=True)]

    async def test_a_version_that_was_left_behind_is_not_read_before_it_has_caught_up(
        self, site: Site
    ) -> None:
        """The program was taken back for a while, and only the old version fed."""
        old, log = await site.start(OLD), lives()
        first = await site.start(NEW)
        for number in (OLD, NEW):
            await project_all(log, site.rows(number))
        assert await caught_up(first.versions)
        log.tell(Life(3), captured(Life(3)))
        await project_all(log, site.rows(OLD))
        beside = await site.start(NEW)  # another one runs, and feeds it: only a lag
        assert await beside.versions.known() == [version(OLD), version(NEW, serves=True)]
        await site.stop(first)
        await site.stop(beside)
        again = await site.start(NEW)
        assert await again.versions.known() == [
            version(OLD, serves=True),
            version(NEW, caught_up=False),
        ]
        for program in (old, again):
            assert await program.queries().payment("m_1", Life(3).payment) is not None
        await project_all(log, site.rows(NEW))
        assert await caught_up(again.versions, log) == Switched(before=OLD, after=NEW)


class DroppingContract:
    async def test_the_old_version_is_kept_for_a_day(self, site: Site) -> None:
        new = await self.switched(site)
        await site.pass_by(KEPT_S - 60)
        assert list(await new.versions.drop_unused()) == []
        await site.pass_by(120)
        assert list(await new.versions.drop_unused()) == [OLD]
        assert await new.versions.known() == [version(NEW, serves=True)]

    async def test_it_is_kept_for_as_long_as_a_process_of_its_version_runs(
        self, site: Site
    ) -> None:
        new = await self.switched(site)
        late = await site.start(OLD)
        await site.pass_by(KEPT_S * 3)
        assert list(await new.versions.drop_unused()) == []
        await site.stop(late)
        assert list(await new.versions.drop_unused()) == [OLD]

    async def test_one_old_version_is_kept_and_no_more(self, site: Site) -> None:
        new = await self.switched(site)
        await site.pass_by(JUST_STARTED_S + 1)
        newest = await site.start(NEW + 1)
        await project_all(lives(), site.rows(NEW + 1))
        assert await caught_up(newest.versions) == Switched(before=NEW, after=NEW + 1)
        await site.stop(new)
        assert list(await newest.versions.drop_unused()) == [OLD]
        assert await newest.versions.known() == [version(NEW), version(NEW + 1, serves=True)]

    async def test_what_never_caught_up_goes_with_its_last_process(self, site: Site) -> None:
        old = await site.start(OLD)
        given_up = await site.start(NEW)
        newest = await site.start(NEW + 1)
        assert await caught_up(newest.versions) == Switched(before=OLD, after=NEW + 1)
        await site.stop(old)
        await site.pass_by(JUST_STARTED_S + 1)
        assert list(await newest.versions.drop_unused()) == []
        await site.stop(given_up)
        assert list(await newest.versions.drop_unused()) == [NEW]

    @staticmethod
    async def switched(site: Site) -> Program:
        """A new program that reads its own version; the old one's processes are gone."""
        old, log = await site.start(OLD), lives()
        new = await site.start(NEW)
        for number in (OLD, NEW):
            await project_all(log, site.rows(number))
        assert await caught_up(new.versions)
        await site.stop(old)
        return new
