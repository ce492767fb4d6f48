"""Versions of the read models side by side, on the kernel: the product's rules and its memory home.

The loop around them (adapters/read_models/feeding.py) is written again here, for it is nothing but
waiting. What a switch did is told by looking at the rows, not by asking who switched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.read_models.memory import MemoryInstallation, MemoryReadModels, MemoryVersions
from projections.failures import Interrupted
from projections.recovery import RECOVERY
from projections.versions import KEPT_S, NotCaughtUp, fed_by
from tests.simulation.event_store import SimStore
from tests.simulation.kernel import Kernel, sleep
from tests.simulation.life import Life

if TYPE_CHECKING:
    from tests.simulation.read_side import ReadSide

OLD: Final = 1
NEW: Final = 2
LOOK_EVERY_S: Final = 0.5
DROP_AFTER_S: Final = KEPT_S + 60.0


class SharedVersions:
    """Those of one history. Where nobody is upgraded there is one, and nothing more to do."""

    def __init__(self, kernel: Kernel) -> None:
        self._lives: dict[int, set[Life]] = {}
        self._all = MemoryInstallation(now=lambda: kernel.now, runs=self._runs)
        self._all.prepare(OLD)

    @property
    def serving(self) -> MemoryReadModels:
        return self._all.schemas[self._all.serving]

    @property
    def kept(self) -> MemoryReadModels | None:
        """The old version behind the one that serves."""
        return self._all.schemas.get(OLD) if self._all.serving != OLD else None

    def rows(self, number: int) -> MemoryReadModels:
        return self._all.schemas[number]

    def is_there(self, number: int) -> bool:
        return number in self._all.schemas

    def prepare(self, life: Life, own: int) -> bool:
        """Whether there is more than one version to care for."""
        self._lives.setdefault(own, set()).add(life)
        self._all.prepare(own)
        return len(self._all.schemas) > 1

    def read_by(self, life: Life, own: int) -> MemoryReadModels:
        """What a program reads, noted where there is a choice."""
        found = self._all.read_by(own)
        if len(self._all.schemas) > 1:
            number = next(one for one, rows in self._all.schemas.items() if rows is found)
            life.witness.note_change(
                "rows_read", process=life.process, own=own, serves=self._all.serving, read=number
            )
        return found

    async def keep_fed(self, side: ReadSide, life: Life, store: SimStore, own: int) -> None:
        """Until there is nothing more to do."""
        versions = MemoryVersions(self._all, own=own, projections=tuple(side.names))
        fed = {own}
        while True:
            life.step("versions")
            for number in fed_by(own, await versions.known()) - fed:
                fed.add(number)
                side.feed(life, store, number)
            if await self._caught_up(side, life, store, versions):
                break
            await sleep(LOOK_EVERY_S)
        await sleep(DROP_AFTER_S)
        for _ in await versions.drop_unused():
            life.witness.mark("old read models dropped")

    async def _caught_up(
        self, side: ReadSide, life: Life, store: SimStore, versions: MemoryVersions
    ) -> bool:
        old = self._all.schemas[self._all.serving]
        try:
            switched = await versions.catch_up(store)
        except (NotCaughtUp, Interrupted):
            return False
        if switched is not None:  # in this moment: nothing ran meanwhile
            before = _seen(old, side.names)
            after = _seen(self._all.schemas[self._all.serving], side.names)
            life.witness.note("rows_switched", process=life.process, before=before, after=after)
            side.ring()
        return True

    def _runs(self, number: int) -> bool:
        return any(not life.dead for life in self._lives.get(number, ()))


def _seen(rows: MemoryReadModels, names: list[str]) -> dict[str, Any]:
    """What readers see there: how far it is, and what is due and was put off until when."""
    positions = {one.projection: one.position for one in rows.checkpoints()}
    return {
        "positions": {name: positions.get(name, -1) for name in names},
        "due": {
            str(row["stream"]): [
                row["revision"],
                None if row["deferred_until"] is None else row["deferred_until"].isoformat(),
                row["tries"],
            ]
            for row in rows.rows(RECOVERY)
        },
    }
