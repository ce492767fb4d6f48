"""All behaviours by name."""

from __future__ import annotations

from typing import Final

from tests.gateways.hostile.behaviour import HONEST, Behaviour, Catalogue
from tests.gateways.hostile.behaviours import (
    bodies,
    cards,
    decisions,
    lies,
    looking,
    members,
    statuses,
    timing,
    wire,
)

EVERY: Final = Catalogue({HONEST.name: HONEST})
for room in (decisions, statuses, wire, timing, bodies, members, cards, looking, lies):
    EVERY.put(room.BEHAVIOURS)


def honest() -> list[Behaviour]:
    return [one for one in EVERY.values() if not one.lies]


def lying() -> list[Behaviour]:
    return [one for one in EVERY.values() if one.lies]
