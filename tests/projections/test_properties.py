"""However the log is cut into batches, and wherever the process dies, the rows are the same."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.read_models.memory import MemoryReadModels
from domain.payment.view import payment_view
from projections.failures import LogUnavailable, ReadModelsUnavailable
from projections.payment_status import PAYMENT_STATUS
from projections.ports import Progress, Step
from projections.runner import Runner
from tests.projections.fake_log import FakeLog, interleaved
from tests.projections.folding import folded
from tests.projections.histories import LIVES, Life
from tests.projections.running import TABLES, feed_of, projectors

lives = st.lists(st.tuples(st.sampled_from(LIVES), st.integers(1, 12)), min_size=1, max_size=5)


def log_of(kinds: list[Any]) -> FakeLog:
    """Histories cut short anywhere: their payments are in every state."""
    return interleaved(
        [(Life(n), kind(Life(n))[:length]) for n, (kind, length) in enumerate(kinds)]
    )


def tables(store: MemoryReadModels) -> dict[str, Any]:
    return {table.name: {table.key_of(row): row for row in store.rows(table)} for table in TABLES}


async def at_once(log: FakeLog) -> dict[str, Any]:
    store = MemoryReadModels()
    for projector in projectors(log):
        await Runner(projector, store).run(feed_of(log, 10_000))
    return tables(store)


class Mortal(MemoryReadModels):
    """Dies at the steps that are named, before or after what it should do is done."""

    def __init__(self, before: set[int], after: set[int]) -> None:
        super().__init__()
        self._before, self._after, self._steps = before, after, 0

    async def progress(self, projection: str) -> Progress:
        self._steps += 1
        if self._steps in self._before:
            raise ReadModelsUnavailable("before it read")
        return await super().progress(projection)

    async def apply(self, step: Step) -> None:
        self._steps += 1
        if self._steps in self._before:
            raise ReadModelsUnavailable("before the commit")
        await super().apply(step)
        if self._steps in self._after:
            raise ReadModelsUnavailable("after the commit: nobody heard of it")


@settings(max_examples=60)
@given(kinds=lives, data=st.data())
async def test_batches_of_any_sizes_give_the_same_rows(kinds: list[Any], data: Any) -> None:
    log = log_of(kinds)
    store = MemoryReadModels()
    sizes = st.integers(1, 9)
    for projector in projectors(log, folds_max=2):
        await Runner(projector, store).run(feed_of(log, lambda: data.draw(sizes)))
    assert tables(store) == await at_once(log)


@settings(max_examples=60)
@given(
    kinds=lives,
    size=st.integers(1, 7),
    before=st.sets(st.integers(1, 40), max_size=8),
    after=st.sets(st.integers(1, 40), max_size=8),
    reads=st.integers(0, 3),
    anew=st.booleans(),
)
async def test_dying_anywhere_and_resuming_gives_the_same_rows(
    kinds: list[Any], size: int, before: set[int], after: set[int], reads: int, anew: bool
) -> None:
    log = log_of(kinds)
    expected = await at_once(log)
    store = Mortal(before, after)
    log.fails.extend(RuntimeError("no answer") for _ in range(reads))
    for place in range(len(projectors(log))):
        runner = Runner(projectors(log, folds_max=2)[place], store)
        while True:
            try:
                await runner.run(feed_of(log, size))
                break
            except (ReadModelsUnavailable, LogUnavailable):
                if anew:
                    runner = Runner(projectors(log, folds_max=2)[place], store)
    log.fails.clear()
    assert tables(store) == expected
    assert await store.parked("payment_status") == []


@settings(max_examples=60)
@given(kinds=lives, size=st.integers(1, 9))
async def test_payment_status_is_the_fold_of_the_stream(kinds: list[Any], size: int) -> None:
    log = log_of(kinds)
    store = MemoryReadModels()
    status = projectors(log, folds_max=1)[0]
    await Runner(status, store).run(feed_of(log, size))
    for row in store.rows(PAYMENT_STATUS):
        payment = folded(log, f"payment-{row['id']}")
        assert row["view"] == payment_view(payment)
        assert row["status"] == row["view"]["status"]
        assert row["revision"] == payment.facts.revision
    assert len(store.rows(PAYMENT_STATUS)) == len(kinds)
