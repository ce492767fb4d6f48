"""What the absence of a store looks like, and how a person is told of it in one line."""

from __future__ import annotations

from typing import Final

import psycopg

from application.ports.event_store import StoreFailure
from projections.failures import Interrupted

# What each of them raises where it is not there, or refuses; in groups as tasks end in.
AWAY: Final = (StoreFailure, Interrupted, psycopg.OperationalError)


def said_of(failure: BaseException) -> str:
    """Which store, and what it said."""
    if isinstance(failure, StoreFailure):
        return f"the event log: {failure}"
    return f"PostgreSQL: {failure}".removesuffix(".")
