"""What the rows of each version of the read models say of a log that never changes.

`python -m tests.projections.rows_of_version` writes the file of a version that was just raised;
there is no way to write one again.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from adapters.read_models.memory import MemoryReadModels
from projections.former import AsBefore
from projections.runner import Runner
from projections.versions import VERSION
from tests.projections.fake_log import FakeLog, interleaved
from tests.projections.histories import LIVES, Life
from tests.projections.running import TABLES, feed_of, projectors

FOLDER: Final = Path(__file__).parents[1] / "golden" / "read_models"
EVERY_COLUMN: Final = {one.name: frozenset(c.name for c in one.columns) for one in TABLES}

Rows = dict[str, list[dict[str, Any]]]


def file_of(number: int) -> Path:
    return FOLDER / f"v{number}.json"


async def rows_of(log: FakeLog, *, number: int = VERSION) -> Rows:
    """As version `number` says them, which may be older than the program's."""
    store = MemoryReadModels()
    for projector in projectors(log):
        before = AsBefore(projector, number, own=VERSION, columns=EVERY_COLUMN)
        await Runner(before, store).run(feed_of(log))
    found = {table.name: sorted(store.rows(table), key=str) for table in TABLES}
    plain: Rows = json.loads(json.dumps(found, default=str))
    return plain


def stored(log: FakeLog) -> list[dict[str, Any]]:
    return [
        {
            "stream": one.stream,
            "type": one.type,
            "data": one.data.decode(),
            "metadata": one.metadata.decode(),
            "recorded_at": one.recorded_at.isoformat(),
        }
        for one in log.events
    ]


def read(entries: list[dict[str, Any]]) -> FakeLog:
    log = FakeLog()
    for one in entries:
        log.add(
            one["stream"],
            one["type"],
            one["data"].encode(),
            one["metadata"].encode(),
            recorded_at=datetime.fromisoformat(one["recorded_at"]),
        )
    return log


def write() -> Path:
    """Raises FileExistsError for a version that has its file."""
    log = interleaved([(Life(number), kind(Life(number))) for number, kind in enumerate(LIVES)])
    told = {"log": stored(log), "rows": asyncio.run(rows_of(log))}
    FOLDER.mkdir(exist_ok=True)
    with file_of(VERSION).open("x", encoding="utf-8") as file:
        file.write(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    return file_of(VERSION)


if __name__ == "__main__":
    sys.stdout.write(f"written: {write()}\n")
