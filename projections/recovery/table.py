"""The columns of `recovery`. `deferred_until` and `tries` are the worker's; an event resets them,
because a stream that has moved is a new case."""

from __future__ import annotations

from typing import Final

from projections.tables import Column, Table

RECOVERY: Final = Table(
    name="recovery",
    key=("stream",),
    columns=(
        Column("stream", "text"),
        Column("revision", "int"),
        Column("merchant", "text"),
        Column("owner", "text"),
        Column("recover_after", "time"),
        Column("deferred_until", "time"),
        Column("tries", "int"),
    ),
)
