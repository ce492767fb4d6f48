"""The definition of ReadModelStore: what every home of read models must do."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest

from domain.log import BEFORE_FIRST
from projections.failures import LeaseLost, ParkedChanged, RowsRefused
from projections.gateway_health import GATEWAY_HEALTH, GATEWAY_MINUTES
from projections.payment_timeline import PAYMENT_TIMELINE
from projections.ports import ParkedStream, Progress, Replay, Step
from projections.recovery import RECOVERY
from projections.tables import Prune, Put, Remove, Row
from tests.projections.histories import START
from tests.projections.models import Models

NAME: Final = "recovery"


def due(stream: str, **changes: Any) -> Put:
    row: Row = {
        "stream": stream,
        "revision": 0,
        "merchant": "m_1",
        "owner": None,
        "waits_for": None,
        "recover_after": START,
        "deferred_until": None,
        "tries": 0,
    }
    return Put(RECOVERY, {**row, **changes})


def counted(gateway: str, minute: int, **changes: Any) -> list[Put]:
    counts = {"succeeded": 1, "declined": 0, "failed": 0, "unknown": 0}
    of: Row = {"gateway": gateway, "method": "card", **counts, **changes}
    at = START + timedelta(minutes=minute)
    return [
        Put(GATEWAY_HEALTH, {**of, "last_outcome_at": at}),
        Put(GATEWAY_MINUTES, {**of, "minute": at}),
    ]


def parked(stream: str, position: int = 5, **changes: Any) -> ParkedStream:
    fields: dict[str, Any] = {
        "stream": stream,
        "revision": 1,
        "last_revision": 1,
        "type": "Strange",
        "position": position,
        "recorded_at": START,
        "reason": "ValueError: strange",
        "tries": 3,
    }
    return ParkedStream(**{**fields, **changes})


def step(**changes: Any) -> Step:
    fields: dict[str, Any] = {
        "projection": NAME,
        "after": BEFORE_FIRST,
        "epoch": 0,
        "position": 10,
        "recorded_at": START,
    }
    return Step(**{**fields, **changes})


class StoreContract:
    async def test_a_projection_that_never_ran_is_before_the_first_event(
        self, models: Models
    ) -> None:
        assert await models.store.progress(NAME) == Progress(BEFORE_FIRST, 0, frozenset())

    async def test_rows_and_checkpoint_are_stored_together(self, models: Models) -> None:
        await models.store.progress(NAME)
        await models.store.apply(step(changes=[due("payment-1"), due("payment-2")]))
        assert set(await models.rows(RECOVERY)) == {("payment-1",), ("payment-2",)}
        assert (await models.store.progress(NAME)).position == 10

    async def test_a_step_without_events_keeps_when_the_last_was_recorded(
        self, models: Models
    ) -> None:
        await models.store.progress(NAME)
        await models.store.apply(step())
        await models.store.apply(step(after=10, position=20, recorded_at=None))
        (row,) = await models.queries.projections()
        assert (row.position, row.recorded_at) == (20, START)

    async def test_a_refused_row_leaves_everything_as_it_was(self, models: Models) -> None:
        await models.store.progress(NAME)
        bad = due("payment-2", merchant="no\x00where")
        with pytest.raises(RowsRefused):
            await models.store.apply(
                step(changes=[due("payment-1"), bad], parked=[parked("payment-3")])
            )
        assert await models.rows(RECOVERY) == {}
        assert await models.store.progress(NAME) == Progress(BEFORE_FIRST, 0, frozenset())

    async def test_a_row_without_one_of_its_columns_is_refused(self, models: Models) -> None:
        await models.store.progress(NAME)
        with pytest.raises(RowsRefused):
            await models.store.apply(step(changes=[Put(RECOVERY, {"stream": "payment-1"})]))

    async def test_a_second_runner_cannot_store_the_same_events_again(self, models: Models) -> None:
        await models.store.progress(NAME)
        await models.store.apply(step(changes=counted("alpha", 0)))
        with pytest.raises(LeaseLost):
            await models.store.apply(step(changes=counted("alpha", 0)))
        (row,) = (await models.rows(GATEWAY_HEALTH)).values()
        assert row["succeeded"] == 1

    async def test_projections_do_not_share_a_checkpoint(self, models: Models) -> None:
        for name in (NAME, "other"):
            await models.store.progress(name)
        await models.store.apply(step())
        assert (await models.store.progress("other")).position == BEFORE_FIRST

    async def test_the_last_row_of_a_key_wins_and_a_removed_one_is_gone(
        self, models: Models
    ) -> None:
        await models.store.progress(NAME)
        await models.store.apply(step(changes=[due("payment-1"), due("payment-2")]))
        changes = [
            due("payment-1", revision=3),
            due("payment-3"),
            Remove(RECOVERY, ("payment-3",)),
            Remove(RECOVERY, ("payment-2",)),
            due("payment-2", revision=9),
            Remove(RECOVERY, ("payment-unknown",)),
        ]
        await models.store.apply(step(after=10, position=20, changes=changes))
        rows = await models.rows(RECOVERY)
        revisions = {key[0]: row["revision"] for key, row in rows.items()}
        assert revisions == {"payment-1": 3, "payment-2": 9}

    async def test_counts_add_up_within_and_across_batches(self, models: Models) -> None:
        await models.store.progress(NAME)
        first = [*counted("alpha", 5), *counted("alpha", 3)]
        await models.store.apply(step(changes=first))
        late = counted("alpha", 1, succeeded=0, unknown=2)
        await models.store.apply(step(after=10, position=20, changes=late))
        (row,) = (await models.rows(GATEWAY_HEALTH)).values()
        assert (row["succeeded"], row["unknown"]) == (2, 2)
        assert row["last_outcome_at"] == START + timedelta(minutes=5)

    async def test_pruning_removes_what_lies_before(self, models: Models) -> None:
        await models.store.progress(NAME)
        before = START + timedelta(minutes=2)
        changes = [change for minute in range(4) for change in counted("alpha", minute)]
        await models.store.apply(step(changes=[*changes, Prune(GATEWAY_MINUTES, "minute", before)]))
        minutes = sorted(key[2] for key in await models.rows(GATEWAY_MINUTES))
        assert minutes == [before, before + timedelta(minutes=1)]

    async def test_a_parked_stream_is_stored_with_the_checkpoint(self, models: Models) -> None:
        await models.store.progress(NAME)
        first, second = parked("payment-2", 7), parked("payment-1", 5)
        await models.store.apply(step(parked=[first, second]))
        assert await models.store.progress(NAME) == Progress(
            10, 0, frozenset({"payment-1", "payment-2"})
        )
        assert await models.store.parked(NAME) == [second, first]
        assert await models.store.parked("other") == []

    async def test_later_events_of_a_parked_stream_are_held(self, models: Models) -> None:
        await models.store.progress(NAME)
        await models.store.apply(step(parked=[parked("payment-1")]))
        await models.store.apply(step(after=10, position=20, held={"payment-1": 4}))
        (found,) = await models.store.parked(NAME)
        assert (found.revision, found.last_revision) == (1, 4)

    async def test_a_replay_stores_rows_and_unparks_together(self, models: Models) -> None:
        await models.store.progress(NAME)
        await models.store.apply(step(parked=[parked("payment-1"), parked("payment-2")]))
        await models.store.replay(replay("payment-1", changes=[due("payment-1")]))
        assert await models.store.progress(NAME) == Progress(10, 1, frozenset({"payment-2"}))
        assert set(await models.rows(RECOVERY)) == {("payment-1",)}

    async def test_a_replay_of_a_stream_that_grew_changes_nothing(self, models: Models) -> None:
        await models.store.progress(NAME)
        await models.store.apply(step(parked=[parked("payment-1")], held={}))
        await models.store.apply(step(after=10, position=20, held={"payment-1": 2}))
        for stream in ("payment-1", "payment-unknown"):
            with pytest.raises(ParkedChanged):
                await models.store.replay(replay(stream, changes=[due(stream)]))
        assert await models.rows(RECOVERY) == {}
        assert (await models.store.progress(NAME)).epoch == 0

    async def test_a_refused_replay_leaves_the_stream_parked(self, models: Models) -> None:
        await models.store.progress(NAME)
        await models.store.apply(step(parked=[parked("payment-1")]))
        with pytest.raises(RowsRefused):
            await models.store.replay(replay("payment-1", changes=[due("x", merchant="\x00")]))
        assert (await models.store.progress(NAME)).parked == {"payment-1"}

    async def test_after_a_replay_the_runner_must_read_again(self, models: Models) -> None:
        await models.store.progress(NAME)
        await models.store.apply(step(parked=[parked("payment-1")]))
        await models.store.replay(replay("payment-1", changes=[]))
        with pytest.raises(ParkedChanged):
            await models.store.apply(step(after=10, position=20, held={"payment-1": 2}))
        await models.store.apply(step(after=10, position=20, epoch=1, changes=[due("payment-1")]))
        assert (await models.store.progress(NAME)).position == 20

    async def test_awkward_values_come_back_as_they_went_in(self, models: Models) -> None:
        data = {"nul": "\x00", "quote": '"\\', "deep": [{"n": 10**30, "none": None}]}
        row: Row = {
            "payment": UUID(int=7),
            "revision": 0,
            "merchant": 'm"{},\\',
            "position": 2**62,
            "type": "Strange",
            "at": START,
            "actor": "",
            "data": data,
            "summary": "grüße 🚲, NULL",
        }
        await models.store.progress(NAME)
        await models.store.apply(step(changes=[Put(PAYMENT_TIMELINE, row)]))
        (found,) = (await models.rows(PAYMENT_TIMELINE)).values()
        assert found == row


def replay(stream: str, *, changes: list[Any]) -> Replay:
    return Replay(projection=NAME, stream=stream, last_revision=1, changes=changes)
