"""Makes the answer about a gateway's health from its counts, the same for every store."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from projections.gateway_health.tables import OUTCOMES, success_rate
from projections.queries import GatewayHealthRow, Outcomes


def health_row(row: Mapping[str, Any], *, window_minutes: int) -> GatewayHealthRow:
    """`row` holds the totals by outcome, and those of the window as `recent_<outcome>`."""
    recent = Outcomes(**{name: row[f"recent_{name}"] for name in OUTCOMES})
    return GatewayHealthRow(
        gateway=row["gateway"],
        method=row["method"],
        total=Outcomes(**{name: row[name] for name in OUTCOMES}),
        recent=recent,
        window_minutes=window_minutes,
        success_rate=success_rate(
            succeeded=recent.succeeded, failed=recent.failed, unknown=recent.unknown
        ),
        last_outcome_at=row["last_outcome_at"],
    )
