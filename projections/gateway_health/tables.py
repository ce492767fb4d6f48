"""The columns of `gateway_health` and `gateway_health_minute`: counts of first words."""

from __future__ import annotations

from typing import Final

from projections.tables import Column, Table

OUTCOMES: Final = ("succeeded", "declined", "failed", "unknown")
KEPT_MINUTES: Final = 60

_COUNTS: Final = tuple(Column(name, "int", "add") for name in OUTCOMES)

GATEWAY_HEALTH: Final = Table(
    name="gateway_health",
    key=("gateway", "method"),
    columns=(
        Column("gateway", "text"),
        Column("method", "text"),
        *_COUNTS,
        Column("last_outcome_at", "time", "latest"),
    ),
)

GATEWAY_MINUTES: Final = Table(
    name="gateway_health_minute",
    key=("gateway", "method", "minute"),
    columns=(
        Column("gateway", "text"),
        Column("method", "text"),
        Column("minute", "time"),
        *_COUNTS,
    ),
)


def success_rate(*, succeeded: int, failed: int, unknown: int) -> float | None:
    """0.0 to 1.0; None where nothing speaks of it. A decline is the payer's bank's word: it
    counts neither for the gateway nor against it."""
    judged = succeeded + failed + unknown
    return succeeded / judged if judged else None
