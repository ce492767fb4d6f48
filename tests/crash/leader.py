"""EventStoreDB fails as real clusters do, under load, and how long payments take to go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from tests.crash.measuring import back_s, projected_s
from tests.crash.outcome import Outcome
from tests.crash.plant import cluster_plant
from tests.crash.waiting import until
from tests.esdb_double import EsdbCluster

BACK_S_MAX: Final = 2.0  # from the leader's return; what the long run demands
FROZEN_S: Final = 25.0
NOT_READY_S: Final = 3.0
LEADERLESS_S: Final = 1.0
SHOPPERS: Final = 8
Trouble: TypeAlias = Callable[[EsdbCluster], Awaitable[None]]  # returns when a leader is back


async def is_frozen_and_thaws(cluster: EsdbCluster) -> None:
    leader = cluster.leader or 0
    await asyncio.to_thread(cluster.freeze, leader)
    await asyncio.sleep(FROZEN_S)
    await asyncio.to_thread(cluster.thaw, leader)


async def is_not_ready_for_a_while(cluster: EsdbCluster) -> None:
    faults = cluster.nodes[cluster.leader or 0].faults
    faults.not_ready()
    await asyncio.sleep(NOT_READY_S)
    await asyncio.to_thread(faults.clear)


async def dies_and_stays_listed_beside_the_new_one(cluster: EsdbCluster) -> None:
    dead = cluster.leader or 0
    await asyncio.to_thread(cluster.kill, dead)
    await asyncio.sleep(LEADERLESS_S)
    cluster.promote((dead + 1) % 3)
    listed = [one.alive for one in cluster.gossip() if one.state == "Leader"]
    assert sorted(listed) == [False, True]


async def loses_its_office(cluster: EsdbCluster) -> None:
    former = cluster.leader or 0
    cluster.depose()
    await asyncio.sleep(LEADERLESS_S)
    cluster.promote((former + 1) % 3)


async def breaks_the_call_with_answers_outstanding(cluster: EsdbCluster) -> None:
    for stored in (True, False):
        faults = cluster.nodes[cluster.leader or 0].faults
        faults.hold_appends(stored=stored)
        await until(lambda faults=faults: faults.held >= 3)  # type: ignore[misc]
        await asyncio.to_thread(faults.cut_appends)


async def is_restarted(cluster: EsdbCluster) -> None:
    leader = cluster.leader or 0
    await asyncio.to_thread(cluster.kill, leader)
    await asyncio.sleep(LEADERLESS_S)
    await asyncio.to_thread(cluster.restart, leader)


TROUBLES: Final[tuple[Trouble, ...]] = (
    is_restarted,
    breaks_the_call_with_answers_outstanding,
    is_not_ready_for_a_while,
    loses_its_office,
    dies_and_stays_listed_beside_the_new_one,
    is_frozen_and_thaws,
)


@dataclass(slots=True)
class Led:
    """`back`: by trouble, seconds from the return of a leader until a payment that was begun after
    it succeeded."""

    outcome: Outcome
    back: dict[str, float] = field(default_factory=dict)


async def leader_run(seed: int) -> Led:
    """Every trouble once, one after the other. Raises TimeoutError where nothing goes on."""
    back: dict[str, float] = {}
    with cluster_plant() as (plant, cluster):
        async with plant.load(seed=seed, shoppers=SHOPPERS) as load:
            await back_s(load, "a leader that is well")
            for trouble in TROUBLES:
                await trouble(cluster)
                what = trouble.__name__
                back[what] = round(await back_s(load, f"a leader that {what}"), 2)
                await projected_s(load, f"a leader that {what}")
            return Led(await plant.judged(load, seed=seed), back)
