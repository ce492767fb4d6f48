"""What befalls an EventStoreDB, by the double's faults: frozen, slow, refusing, its disk full, its
answers lost, its leader dead or changed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from random import Random
from typing import Final, TypeAlias

from tests.esdb_double import EsdbCluster
from tests.esdb_double.faults import Faults

SLOW_MS: Final = (50.0, 400.0)
LOST_MAX: Final = 6
LEADERLESS_S: Final = 0.5

Strike: TypeAlias = Callable[[EsdbCluster, Random, float], Awaitable[None]]  # for so long


def _on_leader(begin: Callable[[Faults, Random], object]) -> Strike:
    async def strike(cluster: EsdbCluster, dice: Random, lasts_s: float) -> None:
        faults = cluster.nodes[cluster.leader or 0].faults
        begin(faults, dice)
        await asyncio.sleep(lasts_s)
        await asyncio.to_thread(faults.clear)

    return strike


async def freezes(cluster: EsdbCluster, _: Random, lasts_s: float) -> None:
    leader = cluster.leader or 0
    await asyncio.to_thread(cluster.freeze, leader)
    await asyncio.sleep(lasts_s)
    await asyncio.to_thread(cluster.thaw, leader)


async def breaks_with_answers_outstanding(
    cluster: EsdbCluster, dice: Random, lasts_s: float
) -> None:
    faults = cluster.nodes[cluster.leader or 0].faults
    faults.hold_appends(stored=dice.random() < 0.5)
    await asyncio.sleep(min(lasts_s, 2.0))
    await asyncio.to_thread(faults.cut_appends)


async def has_another_leader(cluster: EsdbCluster, dice: Random, _: float) -> None:
    former = cluster.leader or 0
    cluster.depose()
    await asyncio.sleep(LEADERLESS_S)
    cluster.promote((former + dice.choice((1, 2))) % len(cluster.nodes))


async def loses_its_leader(cluster: EsdbCluster, dice: Random, lasts_s: float) -> None:
    """The dead one stays listed until it is back."""
    dead = cluster.leader or 0
    await asyncio.to_thread(cluster.kill, dead)
    await asyncio.sleep(LEADERLESS_S)
    cluster.promote((dead + dice.choice((1, 2))) % len(cluster.nodes))
    await asyncio.sleep(lasts_s)
    await asyncio.to_thread(cluster.restart, dead)


async def is_restarted(cluster: EsdbCluster, _: Random, lasts_s: float) -> None:
    leader = cluster.leader or 0
    await asyncio.to_thread(cluster.kill, leader)
    await asyncio.sleep(min(lasts_s, 2.0))
    await asyncio.to_thread(cluster.restart, leader)


STORE_BLOWS: Final[Mapping[str, Strike]] = {
    f"EventStoreDB {name}": strike
    for name, strike in {
        "freezes": freezes,
        "is slow": _on_leader(lambda faults, dice: faults.slow(dice.uniform(*SLOW_MS))),
        "refuses": _on_leader(lambda faults, _: faults.unavailable()),
        "is not ready": _on_leader(lambda faults, _: faults.not_ready()),
        "is busy": _on_leader(lambda faults, _: faults.busy()),
        "has a full disk": _on_leader(lambda faults, _: faults.time_out(None, stored=False)),
        "stores and says that it timed out": _on_leader(
            lambda faults, _: faults.time_out(None, stored=True)
        ),
        "loses answers": _on_leader(
            lambda faults, dice: faults.lose_answers(dice.randint(1, LOST_MAX))
        ),
        "cuts subscriptions": _on_leader(lambda faults, _: faults.cut_subscriptions()),
        "breaks with answers outstanding": breaks_with_answers_outstanding,
        "has another leader": has_another_leader,
        "loses its leader": loses_its_leader,
        "is restarted": is_restarted,
    }.items()
}
