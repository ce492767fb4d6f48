"""The finished history as plain JSON values: history_format.md says what is in it."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import orjson

from adapters.read_models.memory import MemoryReadModels
from projections.payment_status import PAYMENT_STATUS
from projections.payment_timeline import PAYMENT_TIMELINE
from projections.recovery import RECOVERY
from tests.simulation.life import EPOCH
from tests.simulation.processes import World

TABLES: Final = (PAYMENT_STATUS, RECOVERY, PAYMENT_TIMELINE)


def history_of(seed: int, world: World) -> dict[str, Any]:
    return {
        "seed": seed,
        "planted": None,
        "settings": _settings(world),
        "gateways": {one.name: one.as_history() for one in world.traits},
        "facts": world.witness.facts,
        "log": [
            {
                "position": one.position,
                "stream": one.stream,
                "revision": one.revision,
                "id": str(one.id),
                "type": one.type,
                "data": one.data.decode(),
                "metadata": one.metadata.decode(),
                "at": at,
            }
            for one, at in zip(world.log.events, world.log.stored_at, strict=True)
        ],
        "rows": _rows(world.side.versions.serving),
        **_kept(world),
        "faults_end_s": world.active_s,
        "end_s": world.kernel.now,
        "marks": world.witness.marks,
        "faults": world.faults.happened,
        "alarms": world.alarms,
    }


def _rows(models: MemoryReadModels) -> dict[str, list[dict[str, Any]]]:
    return {table.name: [_plain(row) for row in models.rows(table)] for table in TABLES}


def digest_of(history: dict[str, Any]) -> str:
    """SHA-256, hex: equal for equal histories, in every process."""
    return hashlib.sha256(orjson.dumps(history)).hexdigest()


def _kept(world: World) -> dict[str, Any]:
    """Of an older version of the read models that programs may read still."""
    kept = world.side.versions.kept
    return {} if kept is None else {"rows_kept": _rows(kept)}


def _settings(world: World) -> dict[str, Any]:
    rules = world.rules
    return {
        "budget_s": rules.latency_budget_s,
        "send_window_s": rules.send_within.total_seconds(),
        "answer_window_s": rules.answer_within.total_seconds(),
        "clock_skew_s": rules.clock_skew.total_seconds(),
        "complete_by_s": rules.complete_within.total_seconds(),
        "tries_max": 4,
        "refusals_max": 100,
        "clock_epoch": EPOCH.isoformat(),
        "review_after_s": rules.review_after.total_seconds(),
        "look_after_review_s": rules.look_after_review.total_seconds(),
        "owners_seen_dead": world.sees_dead,
    }


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value
