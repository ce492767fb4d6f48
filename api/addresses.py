"""Whether a store's address can be read at all. What is refused is never quoted: it holds a
password.

The clients are imported only where they are used: each takes a while.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final


def check_address(name: str, text: str) -> None:
    """Raises ValueError, which says what an address of this kind looks like. `name`: esdb, postgres
    or redis."""
    _CHECKS[name](text)


def _postgres(text: str) -> None:
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        conninfo_to_dict(text)
    except ProgrammingError:
        raise ValueError("is not of the form postgresql://user:password@host/database") from None


def _redis(text: str) -> None:
    from redis.asyncio import Redis

    try:
        Redis.from_url(text)  # connects to nothing
    except ValueError:
        raise ValueError("is not of the form redis://:password@host:6379/0") from None


def _esdb(text: str) -> None:
    from adapters.event_store.eventstoredb.connection_string import parse_connection_string
    from adapters.event_store.eventstoredb.errors import BadConnectionString

    try:
        parse_connection_string(text)
    except BadConnectionString as wrong:
        raise ValueError(f"{wrong} (docs/eventstoredb.md)") from None


_CHECKS: Final[Mapping[str, Callable[[str], None]]] = {
    "postgres": _postgres,
    "redis": _redis,
    "esdb": _esdb,
}
