"""Where hand-made histories are gathered by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

History: TypeAlias = dict[str, Any]
Make: TypeAlias = Callable[[], History]


@dataclass(frozen=True, slots=True)
class Bad:
    """`invariant` must be broken, `also` may be, nothing else."""

    make: Make
    invariant: str
    also: frozenset[str]


GOOD: Final[dict[str, Make]] = {}
BAD: Final[dict[str, Bad]] = {}


def good(make: Make) -> Make:
    """Odd but legal: nothing may be broken."""
    GOOD[make.__name__] = make
    return make


def bad(invariant: str, *also: str) -> Callable[[Make], Make]:
    def gather(make: Make) -> Make:
        BAD[make.__name__] = Bad(make, invariant, frozenset(also))
        return make

    return gather
