"""Versions of the read models: what a row says is numbered, and two numbers stand side by side.

Whoever changes what a row says raises VERSION, and nothing else: workers fold the new version from
zero beside the old one, which is read until the new one shows as much (docs/read-models.md).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.log import BEFORE_FIRST, Position

# Say on this line what changed: two branches that raise it must conflict.
VERSION: Final = 5  # what can be captured follows the terms; what stands amiss needs review

KEPT_S: Final = 24 * 3600.0  # after a switch, for the way back and for processes not yet upgraded
JUST_STARTED_S: Final = 600.0  # a version whose process started since then is not dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """`serves`: it is the one that is read. `caught_up`: it has shown all that the one that was
    read then showed, and has been fed ever since."""

    number: int
    serves: bool
    caught_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Switched:
    """Readers go from one version to another."""

    before: int
    after: int


class NotCaughtUp(Exception):
    """The version is not to be read yet; says why. Time mends it."""


class HeldBack(NotCaughtUp):
    """It has parked a stream that the version shows which is read now. A person mends it."""


def schema_name(number: int) -> str:
    """Of the schema that holds the tables of a version."""
    return f"rm_v{number}"


def read_by(own: int, serving: int) -> int:
    """The version that a program reads whose newest is `own`: it knows none that is newer."""
    return min(own, serving)


def fed_by(own: int, versions: Iterable[Version]) -> frozenset[int]:
    """The versions that a worker feeds whose newest is `own`: its own, and every older one that
    somebody may read. What never caught up and is not its own is nobody's any more."""
    return frozenset({own} | {one.number for one in versions if one.number < own and one.caught_up})


def is_left_behind(new: Mapping[str, Position], old: Mapping[str, Position]) -> bool:
    """Whether an older version was fed, and this one not, while no program of this one ran."""
    return any(old[one] > new.get(one, BEFORE_FIRST) for one in old)


def has_caught_up(
    new: Mapping[str, Position], old: Mapping[str, Position], projections: Collection[str]
) -> bool:
    """Whether nobody who reads `new` instead of `old` goes back. Positions by projection; one that
    the old version does not have must be where the slowest of the old ones is."""
    slowest = min(old.values(), default=BEFORE_FIRST)
    return all(new.get(one, BEFORE_FIRST) >= old.get(one, slowest) for one in projections)
