"""The columns of `recovery`. WORKERS_OWN are no fold: an event resets them, because a stream that
has moved is a new case, and a switch to another version of the read models takes them along."""

from __future__ import annotations

from typing import Final

from projections.tables import Column, Table

WORKERS_OWN: Final = ("deferred_until", "tries")

RECOVERY: Final = Table(
    name="recovery",
    key=("stream",),
    columns=(
        Column("stream", "text"),
        Column("revision", "int"),
        Column("merchant", "text"),
        Column("owner", "text"),
        Column("waits_for", "text"),
        Column("recover_after", "time"),
        Column("deferred_until", "time"),
        Column("tries", "int"),
    ),
)
