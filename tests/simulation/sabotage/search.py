"""Searches for seeds whose history tells a sabotage from the sound product. Judges by the oracle
alone; knows no bug.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from tests.simulation.oracle import judge
from tests.simulation.run import run_history
from tests.simulation.sabotage.planting import Sabotage

KNOWN: Final = Path(__file__).with_name("known_seeds.json")
HISTORIES_MAX: Final = 5_000
SEEDS_WANTED: Final = 8
PLACES_MAX: Final = 40  # histories that a test may look at

Weather: TypeAlias = Mapping[str, float] | None  # fault rates in place of drawn ones


@dataclass(slots=True)
class Found:
    """What a search found. `histories`: looked at until the first seed that caught it; 0 while
    none did."""

    commit: str = ""
    start: int = 0
    histories: int = 0
    looked: int = 0
    seeds: list[int] = field(default_factory=list)
    invariants: set[str] = field(default_factory=set)
    unjudged: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "commit": self.commit,
            "start": self.start,
            "histories": self.histories,
            "looked": self.looked,
            "seeds": self.seeds,
            "invariants": sorted(self.invariants),
        }


def broken(history: dict[str, Any]) -> frozenset[str]:
    """The invariants that the oracle says are broken."""
    return frozenset(one.invariant for one in judge(history) if one.outcome == "broken")


class Sound:
    """Seeds whose history is clean without a sabotage, asked once each."""

    def __init__(self) -> None:
        self._clean: dict[tuple[int, str], bool] = {}

    def is_clean(self, seed: int, weather: Weather = None) -> bool:
        key = (seed, str(weather))
        if key not in self._clean:
            self._clean[key] = not broken(run_history(seed, rates=weather))
        return self._clean[key]


def seen(sabotage: Sabotage, seed: int, weather: Weather = None) -> frozenset[str] | None:
    """What the oracle reports of a sabotaged history; None where it cannot be judged."""
    return _reported(sabotage.planted(), sabotage.name, seed, weather)


def caught_by(
    sabotage: Sabotage, seed: int, sound: Sound, weather: Weather = None
) -> frozenset[str] | None:
    """The expected invariants by which this seed tells the sabotage from the sound product, and
    from a product that has lost the same layers and is without the bug. None where the sabotaged
    history cannot be judged."""
    broke = seen(sabotage, seed, weather)
    if broke is None:
        return None
    found = broke & sabotage.expected
    if found and sabotage.layers:
        without = _reported(sabotage.layers_lost(), sabotage.name, seed, weather)
        found = frozenset() if without is None else found - without
    return found if found and sound.is_clean(seed, weather) else frozenset()


def catches(sabotage: Sabotage, seed: int, sound: Sound, weather: Weather = None) -> bool:
    return bool(caught_by(sabotage, seed, sound, weather))


def _reported(
    lost: AbstractContextManager[None], name: str, seed: int, weather: Weather
) -> frozenset[str] | None:
    try:
        with lost:
            history = run_history(seed, rates=weather)
        history["planted"] = name
        return broken(history)
    except Exception:  # a sabotaged product may come to anything, also to no end
        return None


def search(
    sabotage: Sabotage, seeds: Iterable[int], sound: Sound, *, wanted: int = SEEDS_WANTED
) -> Found:
    """Looks until `wanted` seeds catch it, or no seed is left."""
    found = Found()
    for seed in seeds:
        if not found.looked:
            found.start = seed
        found.looked += 1
        caught = caught_by(sabotage, seed, sound)
        found.unjudged += caught is None
        if caught:
            found.histories = found.histories or found.looked
            found.seeds.append(seed)
            found.invariants |= caught
            if len(found.seeds) >= wanted:
                break
    return found


def places(sabotage: Sabotage, known: list[int]) -> Iterator[tuple[int, Weather]]:
    """Where a test looks: at the known seeds, then, for the simulation may have changed since, at
    the seeds that follow in the sabotage's own weather; PLACES_MAX in all."""
    yield from ((seed, None) for seed in known[:PLACES_MAX])
    first = known[0] if known else 0
    for seed in range(first + 1, first + 1 + PLACES_MAX - len(known)):
        yield seed, sabotage.weather


def known_seeds() -> dict[str, dict[str, Any]]:
    """By sabotage, as `Found.as_json` gives them; {} while nothing was found."""
    if not KNOWN.exists():
        return {}
    stored: dict[str, dict[str, Any]] = json.loads(KNOWN.read_text())
    return stored


def keep(name: str, found: dict[str, Any]) -> None:
    """Puts what was found in place of what was known, at once."""
    _write(known_seeds() | {name: found})


def drop_all_but(names: Iterable[str]) -> None:
    """Forgets sabotages that are no more."""
    stored = known_seeds()
    _write({one: stored[one] for one in names if one in stored})


def _write(stored: dict[str, dict[str, Any]]) -> None:
    lines = [f"{json.dumps(one)}: {json.dumps(stored[one])}" for one in sorted(stored)]
    KNOWN.write_text("{\n" + ",\n".join(lines) + "\n}\n")
