"""What readers can rely on over any store: lists, pages, scope, lag, waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from domain.log import BEFORE_FIRST
from domain.payment.view import payment_view
from projections.lag import survey
from projections.queries import PaymentList, PaymentRow, TooManyWaiting, UnknownCursor
from projections.recovery import Recovery
from projections.runner import Runner
from tests.projections.fake_log import FakeLog, interleaved
from tests.projections.folding import folded
from tests.projections.histories import (
    START,
    Life,
    captured,
    captured_in_parts,
    declined,
    failed_over,
)
from tests.projections.models import Models
from tests.projections.running import feed_of, project_all
from tests.projections.store_contract import parked, step


async def told(models: Models) -> FakeLog:
    """Five payments of m_1 (number 2 failed), one of m_2."""
    kinds = [captured, captured, declined, captured, failed_over]
    lives = [(Life(n), kind(Life(n))) for n, kind in enumerate(kinds)]
    other = Life(9, merchant="m_2")
    log = interleaved([*lives, (other, captured(other))])
    await project_all(log, models.store, size=100)
    return log


def numbers(rows: Sequence[PaymentRow]) -> list[int]:
    known = {Life(n).payment: n for n in range(10)}
    return [known[row.id] for row in rows]


class QueriesContract:
    async def test_a_payment_is_what_the_domain_says(self, models: Models) -> None:
        log, life = await told(models), Life(4)
        row = await models.queries.payment("m_1", life.payment)
        assert row is not None
        assert row.view == payment_view(folded(log, life.stream))
        assert (row.status, row.gateway, row.customer) == ("succeeded", "beta", "cus_1")
        assert (row.amount, row.currency, row.amount_captured) == (1000, "EUR", 1000)
        assert row.created_at == row.updated_at == life.at
        first, last = log.streams[life.stream][0], log.streams[life.stream][-1]
        assert (row.created_position, row.position) == (first.position, last.position)

    async def test_another_merchants_payment_does_not_exist(self, models: Models) -> None:
        await told(models)
        theirs = Life(9).payment
        assert await models.queries.payment("m_1", theirs) is None
        assert (await models.queries.timeline("m_1", theirs)).rows == ()
        assert theirs not in [
            one.id for one in (await models.queries.payments(PaymentList(merchant="m_1"))).rows
        ]
        with pytest.raises(UnknownCursor):
            await models.queries.payments(PaymentList(merchant="m_1", after=theirs))

    async def test_payments_are_listed_newest_first_in_pages(self, models: Models) -> None:
        await told(models)
        after: UUID | None = None
        pages = []
        while True:
            asked = PaymentList(merchant="m_1", after=after, limit=2)
            page = await models.queries.payments(asked)
            pages.append(numbers(page.rows))
            after = page.rows[-1].id
            if not page.has_more:
                break
        assert pages == [[4, 3], [2, 1], [0]]

    async def test_a_page_stays_the_same_while_newer_payments_come(self, models: Models) -> None:
        log = await told(models)
        asked = PaymentList(merchant="m_1", after=Life(3).payment, limit=2)
        before = await models.queries.payments(asked)
        log.tell(Life(8), captured(Life(8)))
        await project_all(log, models.store)
        assert await models.queries.payments(asked) == before

    async def test_lists_are_filtered(self, models: Models) -> None:
        await told(models)
        failed = await models.queries.payments(PaymentList(merchant="m_1", status="failed"))
        assert numbers(failed.rows) == [2]
        calm = PaymentList(merchant=None, needs_review=False)
        assert len((await models.queries.payments(calm)).rows) == 6
        waiting = PaymentList(merchant=None, needs_review=True)
        assert (await models.queries.payments(waiting)).rows == ()
        between = PaymentList(merchant="m_1", created_after=Life(1).at, created_before=Life(4).at)
        assert numbers((await models.queries.payments(between)).rows) == [3, 2]

    @pytest.mark.parametrize("limit", [0, 101])
    async def test_limits_are_bounded(self, models: Models, limit: int) -> None:
        with pytest.raises(ValueError, match="limit must be from 1 to 100"):
            PaymentList(merchant="m_1", limit=limit)
        with pytest.raises(ValueError, match="limit must be from 1 to 100"):
            await models.queries.timeline("m_1", Life(1).payment, limit=limit)

    async def test_a_timeline_comes_in_pages(self, models: Models) -> None:
        await told(models)
        payment = Life(1).payment
        first = await models.queries.timeline("m_1", payment, limit=3)
        assert ([one.revision for one in first.rows], first.has_more) == ([0, 1, 2], True)
        rest = await models.queries.timeline("m_1", payment, after=2)
        assert [one.type for one in rest.rows] == ["AttemptSucceeded"]
        assert not rest.has_more
        assert rest.rows[0].actor == "key_1"

    async def test_a_refund_and_a_gateways_reference_lead_to_their_payment(
        self, models: Models
    ) -> None:
        life, other = Life(1), Life(9, merchant="m_2")
        lives = [(one, captured_in_parts(one)) for one in (life, other)]
        await project_all(interleaved(lives), models.store, size=100)
        ask = models.queries
        refund, theirs = (one.key("operation-r1") for one in (life, other))
        assert await ask.payment_of_refund("m_1", refund) == life.payment
        assert await ask.payment_of_refund("m_1", theirs) is None
        assert await ask.payment_of_refund("m_1", life.key("operation-k1")) is None
        assert list(await ask.payments_by_refund(theirs)) == [other.payment]
        assert set(await ask.payments_by_reference("ref_r1")) == {life.payment, other.payment}
        assert list(await ask.payments_by_reference("ref_nobodys")) == []

    async def test_health_counts_without_declines(self, models: Models) -> None:
        await told(models)
        now = START + timedelta(minutes=1)
        alpha, beta = await models.queries.gateway_health(now=now)
        assert (alpha.gateway, alpha.method, beta.gateway) == ("alpha", "card", "beta")
        assert (alpha.total.succeeded, alpha.total.declined, alpha.total.failed) == (4, 1, 1)
        assert alpha.recent == alpha.total
        assert alpha.success_rate == 4 / 5
        later = await models.queries.gateway_health(now=now + timedelta(minutes=31))
        assert [one.success_rate for one in later] == [None, None]
        assert later[0].total == alpha.total
        with pytest.raises(ValueError, match="window_minutes must be from 1 to 60"):
            await models.queries.gateway_health(now=now, window_minutes=61)

    async def test_projections_show_their_lag(self, models: Models) -> None:
        log = await told(models)
        log.tell(Life(8), captured(Life(8)))
        await Runner(Recovery(), models.store).run(feed_of(log))
        now = log.events[-4].recorded_at + timedelta(seconds=9)
        reports = {one.row.projection: one for one in await survey(log, models.queries, now=now)}
        assert set(reports) == {
            "gateway_health", "payment_status", "payment_timeline", "recovery",
        }  # fmt: skip
        behind, level = reports["payment_status"], reports["recovery"]
        assert (behind.lag.events, behind.lag.more, behind.lag.seconds) == (4, False, 9.0)
        assert (level.lag.events, level.lag.seconds) == (0, 0.0)
        assert behind.head == level.row.position == await log.head()
        assert behind.row.recorded_at == log.events[-5].recorded_at

    async def test_projections_show_what_is_parked(self, models: Models) -> None:
        await models.store.progress("recovery")
        await models.store.apply(step(parked=[parked("payment-1")]))
        (row,) = await models.queries.projections()
        assert row.parked == (parked("payment-1"),)


class WaitsContract:
    async def test_a_reader_sees_its_own_write(self, models: Models) -> None:
        log, life = FakeLog(), Life()
        waiting = asyncio.create_task(models.waits.revision(life.payment, 3, timeout_s=30))
        log.tell(life, captured(life)[:3])
        await project_all(log, models.store)
        assert not await models.waits.revision(life.payment, 3, timeout_s=0.05)
        assert await models.waits.revision(life.payment, 2, timeout_s=30)
        log.tell(life, captured(life)[3:])
        await project_all(log, models.store)
        assert await waiting

    async def test_a_position_is_waited_for(self, models: Models) -> None:
        log = FakeLog()
        log.ignored(3)
        head = await log.head()
        waiting = asyncio.create_task(models.waits.position("recovery", head, timeout_s=30))
        assert not await models.waits.position("recovery", head, timeout_s=0.05)
        await project_all(log, models.store)
        assert await waiting
        assert not await models.waits.position("recovery", head + 1, timeout_s=0.05)

    async def test_no_more_than_so_many_wait(self, models: Models) -> None:
        await models.store.progress("recovery")
        waiting = [
            asyncio.create_task(models.waits.position("recovery", 10, timeout_s=30))
            for _ in range(3)
        ]
        await asyncio.sleep(0)
        with pytest.raises(TooManyWaiting):
            await models.waits.position("recovery", 10, timeout_s=30)
        await models.store.apply(step(after=BEFORE_FIRST, position=10))
        assert await asyncio.gather(*waiting) == [True, True, True]
