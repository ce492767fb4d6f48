"""Interlock of the next version of its read models: VERSION is raised, a payment's row says more,
and that is all. `python -m tests.end_to_end.next_version MODULE` runs a process of it.
"""

from __future__ import annotations

import runpy
import sys
from typing import Any, Final

from projections import former, versions
from projections.tables import Row

MARK: Final = "said_by"


def change_what_rows_say() -> None:
    """To be called before anything else of Interlock is imported."""
    versions.VERSION += 1  # type: ignore[misc]

    from projections.payment_status import projector

    said_before = vars(projector)["payment_row"]

    def payment_row(*given: Any, **named: Any) -> dict[str, Any]:
        row: dict[str, Any] = said_before(*given, **named)
        return row | {"view": row["view"] | {MARK: "the next version"}}

    vars(projector)["payment_row"] = payment_row
    # A courtesy to who reads the old version still: it goes on saying what it said.
    former.FORMER[versions.VERSION - 1] = {"payment_status": without_mark}  # type: ignore[index]


def without_mark(row: Row) -> Row:
    view: Any = row["view"]
    return {**row, "view": {name: value for name, value in view.items() if name != MARK}}


if __name__ == "__main__":
    change_what_rows_say()
    runpy.run_module(sys.argv[1], run_name="__main__")
