"""A gateway that hangs for hours, with a crowd of payments of unknown outcome; others are well.

Such a history is calm but for lost answers: whatever waits then waits for the gateway that hangs.
"""

from __future__ import annotations

from random import Random
from typing import Final

from tests.simulation.calls import Call
from tests.simulation.clients import MERCHANTS, Diary
from tests.simulation.faults import Faults
from tests.simulation.gateway_traits import HOUR_S, Traits, drawn_gateways
from tests.simulation.kernel import sleep
from tests.simulation.processes import World

BEGINS_S: Final = 1.0
HOURS_MOST: Final = 2.0
CROWD: Final = 24  # many times what one worker has in hand of a gateway
HEALTHY: Final = 6
HEALTHY_AFTER_S: Final = 15.0  # when the router has learned whom to avoid
CALM: Final = {"answer_lost": 0.5, "notice_lost": 1.0}
BODY: Final = {"amount": 500, "currency": "EUR", "capture_method": "automatic"}


def is_drawn(faults: Faults) -> bool:
    """Whether this is a history in which a gateway hangs; then nothing else of any note happens."""
    if not faults.hits("gateway_hangs", faults.chance_of("gateway_hangs")):
        return False
    faults.rates = {name: CALM.get(name, 0.0) for name in faults.rates}
    return True


def several_gateways(faults: Faults) -> list[Traits]:
    """By priority, and one that is well among them."""
    own = faults.apart("gateway_hangs")
    while len(drawn := drawn_gateways(own, faults)) < 2:
        pass
    return drawn


def hang(world: World, diary: Diary) -> None:
    """The first gateway, from BEGINS_S until the faults end."""
    own = Random(f"hang {world.active_s}")
    until = BEGINS_S + HOUR_S * (1.0 + own.random() * (HOURS_MOST - 1.0))
    world.active_s = until
    world.network.hang(world.traits[0].name, BEGINS_S, until)
    for number in range(CROWD):
        _create(diary, f"crowd-{number}", BEGINS_S + own.random())
    for number in range(HEALTHY):
        _create(diary, f"healthy-{number}", BEGINS_S + HEALTHY_AFTER_S + own.random() * 5.0)


def _create(diary: Diary, key: str, after_s: float) -> None:
    async def create() -> None:
        await sleep(after_s)
        await diary.insist(Call(merchant=MERCHANTS[0], verb="create", key=key, body=BODY))

    diary.world.kernel.spawn(create(), diary.home)
