"""Bugs of the daily sweep of the work list."""

from __future__ import annotations

from typing import Final, Literal

from domain.log import Revision
from projections.ports import Log, ReadModelStore
from projections.recovery.sweep import Difference, Kind, WorkRows
from projections.tables import Change, Row
from tests.simulation.sabotage.planting import plants

LOST: Final = {"work_row_lost": 1.0}


@plants(
    "projections.recovery.sweep:_difference",
    "rows_equal_fold",
    "accepted_is_finished",
    weather=LOST,
)
def sweep_that_compares_nothing(row: Row | None, right: Change) -> Kind | None:
    """Finds every row as it should be."""
    return None


@plants("projections.recovery.sweep:_mend", "rows_equal_fold", "accepted_is_finished", weather=LOST)
async def sweep_that_mends_nothing(
    stream: str, revision: Revision, log: Log, store: ReadModelStore, rows: WorkRows
) -> Difference | Literal["moved"] | None:
    """Reports what it found, and leaves it so."""
    return Difference(stream=stream, kind="missing")
