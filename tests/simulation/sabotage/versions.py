"""Bugs of the switch from one version of the read models to the next."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from adapters.read_models.memory import MemoryReadModels
from domain.log import Position
from projections.versions import Version
from tests.simulation.sabotage.planting import plants

RAISED: Final = {"read_models_raised": 1.0}


@plants("projections.versions:has_caught_up", "no_reader_goes_back", weather=RAISED)
def switched_before_it_has_caught_up(
    new: Mapping[str, Position], old: Mapping[str, Position], projections: Collection[str]
) -> bool:
    """Switches to the new rows as soon as they are being folded."""
    return True


@plants("adapters.read_models.memory.versions:_stay_put_off", "no_reader_goes_back", weather=RAISED)
def pauses_start_anew_at_a_switch(old: MemoryReadModels, new: MemoryReadModels) -> None:
    """Leaves behind what recovery put off."""


@plants("projections.versions:fed_by", "rows_equal_fold", weather=RAISED)
def old_version_not_fed(own: int, versions: Iterable[Version]) -> frozenset[int]:
    """Feeds its own version only, though others read the old one still."""
    return frozenset({own})


@plants("projections.versions:read_by", "no_reader_goes_back", weather=RAISED)
def reads_its_own_before_the_switch(own: int, serving: int) -> int:
    """Reads the version that its program makes, as soon as it is there."""
    return own
