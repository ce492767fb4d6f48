"""Connections to the read models' database: bounded, in UTC, and no statement runs for ever.

Says in the projections' words what went wrong.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, TypeAlias

import msgspec
import psycopg
from psycopg.types.json import set_json_loads

from adapters.kept_pool import KeptPool
from adapters.read_models.postgres.bounded import (
    STATEMENT_TIMEOUT_MS,
    BoundedConnection,
    check,
)
from projections.failures import ReadModelsUnavailable, RowsRefused

Connection: TypeAlias = BoundedConnection
Pool: TypeAlias = KeptPool[Connection]

CONNECT_TIMEOUT_S: Final = 5
WAIT_FOR_CONNECTION_S: Final = 5.0
CONNECTIONS_MAX: Final = 8
# After this the pool stops trying by itself, ever more rarely, and the next caller makes it try.
RECONNECT_TIMEOUT_S: Final = 1.0

# A process that freezes inside a transaction may hold a checkpoint for which others wait: its
# session is ended. Older servers do not know all of these settings.
TRANSACTION_S_MAX: Final = 5
_LIMITS: Final = (
    "SELECT set_config(name, %s, false) FROM pg_settings"
    " WHERE name IN ('transaction_timeout', 'idle_in_transaction_session_timeout')"
)

# Refused for what they are, not for the state of the server: 54 is "program limit exceeded".
_REFUSALS: Final = (psycopg.DataError, psycopg.IntegrityError)


@asynccontextmanager
async def open_pool(
    dsn: str, *, connections_max: int = CONNECTIONS_MAX, name: str = "interlock"
) -> AsyncIterator[Pool]:
    """At least one connection works when this returns. `name`: how the server lists them. Raises
    ReadModelsUnavailable."""
    pool: Pool = KeptPool(
        dsn,
        connection_class=BoundedConnection,
        kwargs={
            "autocommit": True,
            "connect_timeout": CONNECT_TIMEOUT_S,
            "application_name": name,
        },
        min_size=1,
        max_size=connections_max,
        timeout=WAIT_FOR_CONNECTION_S,
        reconnect_timeout=RECONNECT_TIMEOUT_S,
        configure=_configure,
        # After the server was restarted nobody should meet a connection that died with it.
        check=check,
        open=False,
    )
    try:
        with spoken():
            await pool.open(wait=True, timeout=2 * CONNECT_TIMEOUT_S)
        yield pool
    finally:
        await pool.close()


async def _configure(connection: Connection) -> None:
    set_json_loads(msgspec.json.decode, connection)  # whole numbers of any size stay whole
    await connection.execute("SET TimeZone TO 'UTC'")
    await connection.execute(
        "SELECT set_config('statement_timeout', %s, false)", (f"{STATEMENT_TIMEOUT_MS}ms",)
    )
    await connection.execute(_LIMITS, (f"{TRANSACTION_S_MAX}s",))


@contextmanager
def spoken() -> Iterator[None]:
    """Turns what psycopg raises into ReadModelsUnavailable or RowsRefused."""
    try:
        yield
    except _REFUSALS as refused:
        # Never the detail of the message: it quotes the row.
        raise RowsRefused(refused.diag.message_primary or str(refused)) from refused
    except psycopg.Error as failure:
        no_such_value = isinstance(failure, psycopg.ProgrammingError) and not failure.sqlstate
        if no_such_value or (failure.sqlstate or "").startswith("54"):
            raise RowsRefused(failure.diag.message_primary or str(failure)) from failure
        raise ReadModelsUnavailable(f"{type(failure).__name__}: {failure}") from failure
    except OSError as failure:
        raise ReadModelsUnavailable(f"{type(failure).__name__}: {failure}") from failure
