"""What the runner guarantees over any store: each event once, poison parked, replay in order."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest

from domain.log import RecordedEvent
from domain.payment.view import payment_view
from projections.failures import LeaseLost, NotParked, StillPoison
from projections.payment_status import PAYMENT_STATUS, PaymentStatus
from projections.ports import Batch
from projections.recovery import RECOVERY
from projections.replaying import replay_parked
from projections.runner import TRIES_MAX, Runner
from tests.projections.fake_log import CODEC, FakeLog, interleaved
from tests.projections.folding import folded
from tests.projections.histories import LIVES, Life, captured
from tests.projections.models import Models
from tests.projections.running import Seen, feed_of, project_all


def status_of(log: FakeLog) -> PaymentStatus:
    return PaymentStatus(log=log, codec=CODEC)


def spoil(log: FakeLog, event: RecordedEvent) -> RecordedEvent:
    """Make the event's body unreadable, in the log and in its stream. Returns the good one."""
    bad = replace(event, data=b'{"key": 7}')
    put_back(log, bad)
    return event


def put_back(log: FakeLog, event: RecordedEvent) -> None:
    place = next(at for at, one in enumerate(log.events) if one.id == event.id)
    log.events[place] = event
    log.streams[event.stream][event.revision] = event


class RunnerContract:
    async def test_rows_are_what_the_domain_folds(self, models: Models) -> None:
        log = interleaved([(Life(n), kind(Life(n))) for n, kind in enumerate(LIVES)])
        await project_all(log, models.store)
        rows = await models.rows(PAYMENT_STATUS)
        assert len(rows) == len(LIVES)
        for row in rows.values():
            payment = folded(log, f"payment-{row['id']}")
            assert row["view"] == payment_view(payment)
            assert row["revision"] == payment.facts.revision
        assert await models.rows(RECOVERY) == {}

    async def test_poison_parks_its_stream_and_nothing_else(self, models: Models) -> None:
        lives = [(Life(n), captured(Life(n))) for n in range(3)]
        log = interleaved(lives)
        bad = log.streams[lives[1][0].stream][2]
        spoil(log, bad)
        seen = Seen()
        await Runner(status_of(log), models.store, observer=seen).run(feed_of(log, 100))
        rows = await models.rows(PAYMENT_STATUS)
        assert sorted(row["revision"] for row in rows.values()) == [1, 3, 3]
        (parked,) = await models.store.parked("payment_status")
        assert seen.parkings == [replace(parked, last_revision=2)]
        assert (parked.stream, parked.revision, parked.last_revision) == (bad.stream, 2, 3)
        assert (parked.type, parked.position) == (bad.type, bad.position)
        assert parked.tries == TRIES_MAX
        assert parked.reason.startswith("ValidationError: ")
        assert (await models.store.progress("payment_status")).position == await log.head()

    async def test_a_parked_stream_stays_parked_after_a_restart(self, models: Models) -> None:
        life = Life()
        log = FakeLog()
        spoil(log, log.tell(life, captured(life)[:2])[1])
        await Runner(status_of(log), models.store).run(feed_of(log))
        log.tell(life, captured(life)[2:])
        await Runner(status_of(log), models.store).run(feed_of(log))
        (parked,) = await models.store.parked("payment_status")
        assert (parked.revision, parked.last_revision) == (1, 3)

    async def test_a_replay_projects_the_parked_events_in_order(self, models: Models) -> None:
        life, log = Life(), FakeLog()
        good = spoil(log, log.tell(life, captured(life))[1])
        runner = Runner(status_of(log), models.store)
        await runner.run(feed_of(log))
        put_back(log, good)
        replayed = await replay_parked(
            life.stream, projector=status_of(log), store=models.store, log=log
        )
        assert replayed == 3
        row = (await models.rows(PAYMENT_STATUS))[(life.payment,)]
        assert row["view"] == payment_view(folded(log, life.stream))
        assert await models.store.parked("payment_status") == []

    async def test_a_replay_that_fails_still_changes_nothing(self, models: Models) -> None:
        life, log = Life(), FakeLog()
        spoil(log, log.tell(life, captured(life))[1])
        await Runner(status_of(log), models.store).run(feed_of(log))
        before = await models.rows(PAYMENT_STATUS)
        with pytest.raises(StillPoison, match="at revision 1: ValidationError"):
            await replay_parked(life.stream, projector=status_of(log), store=models.store, log=log)
        assert await models.rows(PAYMENT_STATUS) == before
        assert len(await models.store.parked("payment_status")) == 1

    async def test_only_what_is_parked_can_be_replayed(self, models: Models) -> None:
        log = FakeLog()
        with pytest.raises(NotParked):
            await replay_parked("payment-1", projector=status_of(log), store=models.store, log=log)

    async def test_a_runner_notices_a_replay_and_goes_on(self, models: Models) -> None:
        """The stream is replayed between two batches; its later events are projected again."""
        life, log = Life(), FakeLog()
        facts = captured(life)
        good = spoil(log, log.tell(life, facts[:2])[1])
        runner = Runner(status_of(log), models.store)
        batches = feed_of(log, 1)

        async def replay_before_the_third(after: int) -> AsyncGenerator[Batch, None]:
            async for batch in batches(after):
                yield batch
            put_back(log, good)
            await replay_parked(life.stream, projector=status_of(log), store=models.store, log=log)
            last = log.tell(life, facts[2:])
            async for batch in feed_of(log, 1)(good.position):
                assert batch.events[0] in last
                yield batch

        await runner.run(replay_before_the_third)
        assert (await models.rows(PAYMENT_STATUS))[(life.payment,)]["revision"] == 3
        assert await models.store.parked("payment_status") == []

    async def test_the_slower_of_two_runners_stops(self, models: Models) -> None:
        log = interleaved([(Life(n), captured(Life(n))) for n in range(3)])
        winner = Runner(status_of(log), models.store)

        async def overtaken(after: int) -> AsyncGenerator[Batch, None]:
            async for batch in feed_of(log, 2)(after):
                yield batch
                await winner.run(feed_of(log, 2))

        with pytest.raises(LeaseLost):
            await Runner(status_of(log), models.store).run(overtaken)
        rows = await models.rows(PAYMENT_STATUS)
        assert [row["revision"] for row in rows.values()] == [3, 3, 3]
