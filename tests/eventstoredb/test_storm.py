"""A storm: random failures, one after the other, while appends, reads and a subscription go on."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Final, TypeVar

import pytest

from application.ports.event_store import (
    AppendNotSent,
    EventStore,
    FateUnknown,
    StoreBusy,
    StoreUnavailable,
)
from domain.log import NO_STREAM, NewEvent
from tests.esdb_double import EsdbCluster
from tests.event_store.builders import fact, ids, new_stream, soon
from tests.eventstoredb.support import Listener, opened_cluster

pytestmark = pytest.mark.slow

WRITERS: Final = 40
APPENDS_EACH: Final = 20
T = TypeVar("T")


class Storm:
    """What may happen to a cluster whose leader is known."""

    def __init__(self, cluster: EsdbCluster, seed: int) -> None:
        self._cluster, self._dice = cluster, random.Random(seed)
        self.happened = 0

    async def rage(self) -> None:
        """One failure after the other until cancelled, each survived before the next."""
        while True:
            await asyncio.to_thread(self._dice.choice(self._all()))
            self.happened += 1
            await asyncio.sleep(self._dice.uniform(0.02, 0.2))

    def _all(self) -> list[Callable[[], None]]:
        faults = self._cluster.nodes[self._leader].faults
        return [
            lambda: faults.lose_answers(3),
            lambda: faults.time_out(10, stored=True),
            lambda: faults.time_out(10, stored=False),
            lambda: faults.not_ready(5),
            lambda: faults.busy(3),
            lambda: faults.unavailable(2),
            faults.cut_appends,
            faults.cut_subscriptions,
            lambda: faults.cut_subscriptions(too_slow=True),
            self._kill_leader,
            self._depose_leader,
        ]

    @property
    def _leader(self) -> int:
        return self._cluster.leader or 0

    def _kill_leader(self) -> None:
        dead = self._leader
        self._cluster.kill(dead)
        self._cluster.promote((dead + 1) % 3)
        self._cluster.restart(dead)

    def _depose_leader(self) -> None:
        former = self._leader
        self._cluster.depose()
        self._cluster.promote((former + 1) % 3)


async def write(store: EventStore, stream: str, given: list[NewEvent]) -> None:
    for revision, event in enumerate(given, start=NO_STREAM):
        appended = await persistently(partial(store.append, stream, revision, [event]))
        assert appended.revision == revision + 1
        found = await persistently(partial(store.read_stream, stream, backwards=True, limit=1))
        assert ids(found) == ids([event])


async def persistently(ask: Callable[[], Awaitable[T]]) -> T:
    """What gave up in its time is asked again: a storm on a busy machine outlasts any one call, and
    a repeat must change nothing."""
    while True:
        with suppress(StoreUnavailable, StoreBusy, AppendNotSent, FateUnknown):
            return await ask()


@pytest.mark.parametrize("seed", [1, 2])
async def test_nothing_is_lost_doubled_or_out_of_order(seed: int) -> None:
    given = {new_stream(): [fact() for _ in range(APPENDS_EACH)] for _ in range(WRITERS)}
    async with EsdbCluster(3) as cluster, opened_cluster(cluster) as store:
        storm = Storm(cluster, seed)
        raging, listener = asyncio.create_task(storm.rage()), Listener(store)
        await soon(asyncio.gather(*(write(store, *each) for each in given.items())))
        raging.cancel()
        await asyncio.gather(raging, return_exceptions=True)
        for node in cluster.nodes:
            node.faults.clear()
        stored = cluster.events("payment-")
        await listener.has_all_of(store, len(stored))
    assert storm.happened > 5
    for stream, events in given.items():
        assert [str(one.event_id) for one in stored if one.stream == stream] == ids(events)
