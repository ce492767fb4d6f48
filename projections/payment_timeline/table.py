"""The columns of `payment_timeline`."""

from __future__ import annotations

from typing import Final

from projections.tables import Column, Table

PAYMENT_TIMELINE: Final = Table(
    name="payment_timeline",
    key=("payment", "revision"),
    columns=(
        Column("payment", "uuid"),
        Column("revision", "int"),
        Column("merchant", "text"),
        Column("position", "int"),
        Column("type", "text"),
        Column("at", "time"),
        Column("actor", "text"),
        Column("data", "json"),
        Column("summary", "text"),
    ),
)
