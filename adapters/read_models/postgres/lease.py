"""One runner per projection among all processes, so that they do not take turns in losing.

A convenience, not the guard: the checkpoint's own condition is what keeps rows right.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from adapters.read_models.postgres.bounded import BoundedConnection
from adapters.read_models.postgres.pool import CONNECT_TIMEOUT_S, spoken

LOOK_AGAIN_S: Final = 0.5

# The server keeps the lock for a holder whose wire is dead until its own probes say so; its usual
# two hours would stop the projection for as long. Without effect on a Unix socket.
_PROBE: Final = (
    "SET tcp_keepalives_idle TO 5",
    "SET tcp_keepalives_interval TO 2",
    "SET tcp_keepalives_count TO 3",
)
# A blocked pg_advisory_lock would hold a snapshot and stop vacuum from cleaning: ask again instead.
_TRY: Final = "SELECT pg_try_advisory_lock(%s)"


@asynccontextmanager
async def held_lease(
    dsn: str, *, schema: str, projection: str, look_again_s: float = LOOK_AGAIN_S
) -> AsyncIterator[None]:
    """Waits until nobody else holds it, then holds it on a connection of its own until the end
    of the block or the death of the process. Raises ReadModelsUnavailable."""
    with spoken():
        connection = await BoundedConnection.connect(
            dsn, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
        )
    try:
        await _probe_holder(connection)
        await _take(connection, lock_number(schema, projection), look_again_s=look_again_s)
        yield
    finally:
        await connection.close()


async def _probe_holder(connection: BoundedConnection) -> None:
    with spoken():
        for setting in _PROBE:
            await connection.execute(setting)


async def _take(connection: BoundedConnection, number: int, *, look_again_s: float) -> None:
    while True:
        with spoken():
            found = await connection.execute(_TRY, (number,))
            row = await found.fetchone()
        if row is not None and row[0]:
            return
        await asyncio.sleep(look_again_s)


def lock_number(schema: str, projection: str) -> int:
    """64 bits, signed, as advisory locks are numbered."""
    hashed = hashlib.sha256(f"{schema}\x00{projection}".encode()).digest()
    return int.from_bytes(hashed[:8], "big", signed=True)
