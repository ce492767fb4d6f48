"""The one connection that the log is written on. Nobody who freezes on it holds a lock for long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from eventsourcing.postgres import PostgresDatastore
from psycopg.rows import DictRow, dict_row

from adapters.event_store.postgres.arrays import register

CONNECT_TIMEOUT_S: Final = 5
# The server ends the session of a writer that freezes inside a transaction, between two statements
# or in the middle of one: it may hold the write lock, for which all others wait.
TRANSACTION_S_MAX: Final = 5


class LogDatastore(PostgresDatastore):
    """One connection, made when it is needed and again when it broke. For one thread."""

    def __init__(self, dsn: str) -> None:
        # The library's pool stays closed: after a restart of the server it comes back too late.
        super().__init__("", "", "", "", "", originator_id_type="text")
        self._dsn = dsn
        self._connection: psycopg.Connection[DictRow] | None = None

    @contextmanager
    def get_connection(self) -> Iterator[psycopg.Connection[DictRow]]:
        """A connection in auto-commit mode. An open transaction at the end is rolled back.

        Raises psycopg.OperationalError whenever the connection was lost, whatever was said last:
        the server ends an idle session with an InternalError, for example.
        """
        connection = self._connection
        if connection is None or connection.closed:
            connection = self._connection = self._connect()
        try:
            yield connection
            connection.rollback()
        except BaseException as error:
            lost = connection.closed
            connection.close()
            if lost and isinstance(error, psycopg.Error):
                raise psycopg.OperationalError(str(error)) from error
            raise

    def register_type_adapters(self) -> None:
        """There are no composite types here."""

    def interrupt(self) -> None:
        """Cancel what runs; may be called from another thread."""
        if self._connection is not None:
            self._connection.cancel_safe(timeout=CONNECT_TIMEOUT_S)

    def close(self) -> None:
        super().close()
        if self._connection is not None:
            self._connection.close()

    def _connect(self) -> psycopg.Connection[DictRow]:
        connection = psycopg.connect(
            self._dsn,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=CONNECT_TIMEOUT_S,
            keepalives_idle=5,
            keepalives_interval=2,
            keepalives_count=3,
            tcp_user_timeout=10_000,
        )
        for limit in ("transaction_timeout", "idle_in_transaction_session_timeout"):
            connection.execute("SELECT set_config(%s, %s, false)", (limit, f"{TRANSACTION_S_MAX}s"))
        register(connection)
        return connection
