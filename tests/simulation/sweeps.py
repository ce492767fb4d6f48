"""The daily sweep of the work list, on the kernel: the product's sweep, and the loop around it.

Only where rows are lost: elsewhere it would find nothing, and cost every history the reading.
"""

from __future__ import annotations

from typing import Final

from adapters.read_models.memory import MemoryReadModels, MemoryWorkList
from projections.failures import Interrupted
from projections.ports import ReadModelStore
from projections.recovery.sweep import sweep
from tests.simulation.event_store import SimStore
from tests.simulation.kernel import Kernel, sleep
from tests.simulation.life import Life

EVERY_S: Final = 24 * 3600.0
LOOK_EVERY_S: Final = 600.0
PAUSE_S: Final = 0.1


class Sweeps:
    """What all workers share: when each version's list was swept last, and who does it now."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._began = kernel.future()
        self._swept_at: dict[int, float] = {}
        self._busy: dict[int, Life] = {}

    @property
    def begun(self) -> bool:
        return self._began.done

    def begin(self) -> None:
        """There is something to find in this history."""
        self._began.set()

    async def keep_sweeping(
        self,
        life: Life,
        store: SimStore,
        models: ReadModelStore,
        rows: MemoryReadModels,
        number: int,
    ) -> None:
        await self._began
        while True:
            await sleep(LOOK_EVERY_S)
            busy = self._busy.get(number)
            is_due = self._kernel.now >= self._swept_at.get(number, 0.0) + EVERY_S
            if not is_due or (busy is not None and not busy.dead):
                continue
            self._busy[number] = life
            try:
                done = await sweep(
                    store, models, MemoryWorkList(rows), give_way=lambda: life.sleep(PAUSE_S)
                )
            except Interrupted:
                life.witness.mark("sweep interrupted")
            else:
                self._swept_at[number] = self._kernel.now
                found = [[one.stream, one.kind] for one in done.differences]
                life.witness.note("swept", process=life.process, differences=found)
            del self._busy[number]
