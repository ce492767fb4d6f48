"""Every wire between the processes and their stores and gateways goes wrong in every way, under
load: nothing is lost, nothing doubled, and all goes on soon, where possible while it is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

import pytest

from tests.crash.measuring import back_s, projected_s
from tests.crash.plant import production_plant
from tests.crash.proxy import FaultProxy
from tests.crash.waiting import until

pytestmark = pytest.mark.slow

WRONG_S: Final = 1.2  # how long each fault lasts
SHOPPERS: Final = 8

# Work goes on while these last.
LATE_S: Final = 0.2
# Projections renew their leases and look at their versions by many small questions: a database that
# is 0.4 s away takes longer for them than a client waits (known; docs/reports/defects.md).
LATE_POSTGRES_S: Final = 0.1
BEARABLE: Final[dict[str, Callable[[FaultProxy], None]]] = {
    "late": lambda wire: wire.latency(LATE_S),
    "slow": lambda wire: wire.slow(50_000),
    "reset": lambda wire: wire.reset(),
    "half-open": lambda wire: wire.half_open(),
    "cut in the midst of answers": lambda wire: wire.cut_answers(5),
}
# What the wire has seen more of afterwards: a fault that met nothing proves nothing.
BITES: Final = {
    "late": "delivered",
    "slow": "delivered",
    "reset": "connections",
    "half-open": "connections",
    "cut in the midst of answers": "cuts",
}
# Work goes on after these.
UNBEARABLE: Final[dict[str, Callable[[FaultProxy], None]]] = {
    "silent": lambda wire: wire.freeze(),
    "answers lost": lambda wire: wire.freeze(answers_only=True),
    "refused": lambda wire: wire.refuse(),
}


@pytest.mark.parametrize("behind", ["event store", "postgres", "redis", "gateways"])
async def test_a_wire_goes_wrong_in_every_way(behind: str) -> None:
    with production_plant() as (plant, _):
        wire = plant.wires[behind]
        async with plant.load(seed=7, shoppers=SHOPPERS) as load:
            await back_s(load, f"{behind} fair")
            for name, go_wrong in BEARABLE.items():
                before = getattr(wire, BITES[name])
                go_wrong(wire)
                if (behind, name) == ("postgres", "late"):
                    wire.latency(LATE_POSTGRES_S)
                await until(lambda: getattr(wire, BITES[name]) > before)  # noqa: B023
                await back_s(load, f"{behind} {name}")
                await projected_s(load, f"{behind} {name}")
                wire.fair()
            for name, go_wrong in UNBEARABLE.items():
                go_wrong(wire)
                await asyncio.sleep(WRONG_S)
                before = wire.delivered
                wire.fair()
                await until(lambda: wire.delivered > before)  # noqa: B023
                await back_s(load, f"{behind} after {name}")
                await projected_s(load, f"{behind} after {name}")
            outcome = await plant.judged(load, seed=7)
    assert outcome.faults == [], "\n".join(outcome.faults)
    assert outcome.judged.acknowledged > 0
