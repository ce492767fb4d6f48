"""Versions of read models in memory: what all processes of a simulated installation share, and how
each of them sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from adapters.read_models.memory.store import MemoryReadModels
from domain.log import Position
from projections.failures import ReadModelsUnavailable
from projections.ports import Log
from projections.recovery.table import RECOVERY, WORKERS_OWN
from projections.switching import shows_all
from projections.tables import Put
from projections.versions import (
    JUST_STARTED_S,
    KEPT_S,
    HeldBack,
    NotCaughtUp,
    Switched,
    Version,
    is_left_behind,
    read_by,
    schema_name,
)


@dataclass(slots=True)
class MemoryInstallation:
    """`now`: seconds of a clock that all share. `runs`: whether a process of a version does."""

    now: Callable[[], float]
    runs: Callable[[int], bool]
    schemas: dict[int, MemoryReadModels] = field(default_factory=dict)
    serving: int = 0  # none
    caught_up: set[int] = field(default_factory=set)
    started_at: dict[int, float] = field(default_factory=dict)
    served_until: dict[int, float] = field(default_factory=dict)

    def prepare(self, own: int) -> None:
        """As adapters.read_models.postgres.migrating.prepare."""
        self.schemas.setdefault(own, MemoryReadModels())
        if own == self.serving and not self.runs(own):
            self._step_back(own)
        self.started_at[own] = self.now()
        if not self.serving:
            self.serving = own
            self.caught_up.add(own)

    def _step_back(self, own: int) -> None:
        older = max((one for one in self.caught_up if one < own), default=own)
        ahead, behind = _positions(self.schemas[older]), _positions(self.schemas[own])
        if is_left_behind(behind, ahead):
            self.serving = older
            self.caught_up.discard(own)

    def read_by(self, own: int) -> MemoryReadModels:
        """Raises ReadModelsUnavailable."""
        if self.serving > own and own not in self.caught_up:
            raise ReadModelsUnavailable(f"{schema_name(own)} is still being folded")
        return self.schemas[read_by(own, self.serving)]


class MemoryVersions:
    """A projections.ports.Versions."""

    def __init__(
        self, installation: MemoryInstallation, *, own: int, projections: Collection[str]
    ) -> None:
        self._all, self._own, self._projections = installation, own, projections

    @property
    def own(self) -> int:
        return self._own

    async def known(self) -> Sequence[Version]:
        shared = self._all
        return [
            Version(number=one, serves=one == shared.serving, caught_up=one in shared.caught_up)
            for one in sorted(shared.schemas)
        ]

    async def catch_up(self, log: Log) -> Switched | None:
        shared, serving = self._all, self._all.serving
        if self._own not in shared.schemas or self._own in shared.caught_up:
            return None
        old, new = shared.schemas[serving], shared.schemas[self._own]
        before = _positions(old)
        if not await shows_all(_positions(new), before, self._projections, log):
            raise NotCaughtUp(f"{schema_name(self._own)} is behind")
        if self._own in shared.caught_up or _positions(old) != before:  # while the log was asked
            raise NotCaughtUp(f"{schema_name(self._own)} is behind")
        for projection in self._projections:
            await _nothing_newly_parked(projection, old, new)
        shared.caught_up.add(self._own)
        if serving > self._own:
            return None
        _stay_put_off(old, new)
        shared.served_until[serving] = shared.now()
        shared.serving = self._own
        return Switched(before=serving, after=self._own)

    async def drop_unused(self) -> Sequence[int]:
        unused = [one for one in sorted(self._all.schemas) if self._is_unused(one)]
        for one in unused:
            del self._all.schemas[one]
            self._all.caught_up.discard(one)
            self._all.served_until.pop(one, None)
        return unused

    def _is_unused(self, number: int) -> bool:
        shared = self._all
        just_started = shared.started_at[number] >= shared.now() - JUST_STARTED_S
        if number >= shared.serving or just_started or shared.runs(number):
            return False
        until = shared.served_until.get(number)
        last = max(shared.served_until.values(), default=0.0)
        return until is None or until < shared.now() - KEPT_S or until < last


def _positions(models: MemoryReadModels) -> dict[str, Position]:
    return {one.projection: one.position for one in models.checkpoints()}


async def _nothing_newly_parked(
    projection: str, old: MemoryReadModels, new: MemoryReadModels
) -> None:
    known = {one.stream for one in await old.parked(projection)}
    for one in await new.parked(projection):
        if one.stream not in known:
            raise HeldBack(f"{projection} has parked {one.stream}: {one.reason}")


def _stay_put_off(old: MemoryReadModels, new: MemoryReadModels) -> None:
    for row in new.rows(RECOVERY):
        before = old.row(RECOVERY, RECOVERY.key_of(row))
        if before is not None and before["revision"] == row["revision"]:
            new.change([Put(RECOVERY, row | {name: before[name] for name in WORKERS_OWN})])
