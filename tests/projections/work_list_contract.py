"""What whoever works off the recovery work list can rely on, over any store."""

from __future__ import annotations

from datetime import timedelta

from domain.due import DueStream
from tests.projections.histories import (
    START,
)
from tests.projections.models import Models
from tests.projections.store_contract import due, step


class WorkListContract:
    async def test_what_is_due_comes_longest_due_first(self, models: Models) -> None:
        later = START + timedelta(seconds=5)
        changes = [
            due("payment-2", recover_after=later, owner="worker-1"),
            due("payment-1", revision=4),
            due("payment-3", recover_after=START + timedelta(hours=1)),
        ]
        await models.store.progress("recovery")
        await models.store.apply(step(changes=changes))
        found = await models.work_list.due(later, 10)
        assert [one.stream for one in found] == ["payment-1", "payment-2"]
        assert found[0] == DueStream(
            stream="payment-1",
            revision=4,
            merchant="m_1",
            owner=None,
            recover_after=START,
            tries=0,
        )
        assert [one.stream for one in await models.work_list.due(later, 1)] == ["payment-1"]
        assert await models.work_list.due(START - timedelta(seconds=1), 10) == []

    async def test_no_gateway_is_given_more_than_its_share(self, models: Models) -> None:
        """Of each, those that are longest due, and those that wait for none count as one more."""
        names = {"alpha": 5, "beta": 2, None: 3}
        await models.store.progress("recovery")
        changes = [
            due(
                f"payment-{name}-{number}",
                waits_for=name,
                recover_after=START + timedelta(seconds=number),
            )
            for name, count in names.items()
            for number in range(count)
        ]
        await models.store.apply(step(changes=changes))
        assert await models.work_list.defer("payment-alpha-1", 0, START + timedelta(hours=1), 1)
        now = START + timedelta(seconds=30)

        listed = await models.work_list.due(now, 10, share=2)

        assert [(one.stream, one.waits_for) for one in listed] == [
            ("payment-None-0", None),
            ("payment-alpha-0", "alpha"),
            ("payment-beta-0", "beta"),
            ("payment-None-1", None),
            ("payment-beta-1", "beta"),
            ("payment-alpha-2", "alpha"),
        ]
        assert len(await models.work_list.due(now, 3, share=2)) == 3
        assert len(await models.work_list.due(now, 10)) == 9
        coming = await models.work_list.due(START, 10, ahead=timedelta(seconds=30), share=1)
        assert [one.stream for one in coming] == [
            "payment-None-0", "payment-alpha-0", "payment-beta-0",
        ]  # fmt: skip

    async def test_what_is_put_off_comes_back(self, models: Models) -> None:
        until = START + timedelta(seconds=30)
        await models.store.progress("recovery")
        await models.store.apply(step(changes=[due("payment-1", revision=2)]))
        assert await models.work_list.defer("payment-1", 2, until, 1)
        assert await models.work_list.due(START, 10) == []
        (back,) = await models.work_list.due(until, 10)
        assert back.tries == 1

    async def test_what_comes_soon_is_told_to_who_asks_and_not_what_was_put_off(
        self, models: Models
    ) -> None:
        soon, later = timedelta(seconds=30), timedelta(seconds=31)
        await models.store.progress("recovery")
        changes = [due("payment-1", recover_after=START + soon), due("payment-2", revision=2)]
        await models.store.apply(step(changes=changes))
        assert await models.work_list.defer("payment-2", 2, START + soon, 1)
        assert await models.work_list.due(START, 10) == []
        (coming,) = await models.work_list.due(START, 10, ahead=soon)
        assert coming.stream == "payment-1"
        both = await models.work_list.due(START + later, 10, ahead=soon)
        assert [one.stream for one in both] == ["payment-1", "payment-2"]

    async def test_what_comes_back_stands_behind_what_was_due_before_it(
        self, models: Models
    ) -> None:
        await models.store.progress("recovery")
        first = due("payment-1", revision=2)
        await models.store.apply(step(changes=[first]))
        assert await models.work_list.defer("payment-1", 2, START + timedelta(seconds=30), 1)
        await models.store.apply(
            step(after=10, position=20, changes=[due("payment-2", revision=2)])
        )
        listed = await models.work_list.due(START + timedelta(seconds=60), 10)
        assert [one.stream for one in listed] == ["payment-2", "payment-1"]
        (only,) = await models.work_list.due(START + timedelta(seconds=60), 1)
        assert only.stream == "payment-2"

    async def test_a_stream_that_moved_is_not_put_off(self, models: Models) -> None:
        until = START + timedelta(seconds=30)
        await models.store.progress("recovery")
        await models.store.apply(step(changes=[due("payment-1", revision=2)]))
        assert not await models.work_list.defer("payment-1", 1, until, 1)
        assert not await models.work_list.defer("payment-unknown", 1, until, 1)
        assert await models.work_list.defer("payment-1", 2, until, 4)
        moved = due("payment-1", revision=3)
        await models.store.apply(step(after=10, position=20, changes=[moved]))
        (row,) = await models.work_list.due(START, 10)
        assert (row.revision, row.tries) == (3, 0)
