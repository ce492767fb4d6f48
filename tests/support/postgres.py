"""One PostgreSQL server per test run, and a fresh database per test.

Import the fixtures in a conftest: `from tests.support.postgres import database_dsn,
postgres_server`. However many conftests do so, one server runs. It has fsync off: tests of
durability start their own.
"""

import atexit
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from adapters.servers.postgres import PostgresFolder, RunningPostgres

_numbers = count(1)


def server_folder() -> Path:
    """A temporary folder that the server's account can reach (pytest's own is 0700)."""
    folder = Path(tempfile.mkdtemp(prefix="interlock-test-", dir="/tmp"))
    folder.chmod(0o711)
    return folder


@cache
def shared_server() -> RunningPostgres:
    """The server of this run, started at the first call, stopped when the run ends or dies."""
    stack = ExitStack()
    folder = server_folder()
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    server = stack.enter_context(PostgresFolder(folder).running(fsync=False))
    atexit.register(stack.close)
    return server


def fresh_database(server: RunningPostgres, *, template: str = "template1") -> str:
    """Create an empty database, or a copy of `template` (no open connections); returns its dsn."""
    return server.ensure_database(f"test_{next(_numbers)}", template=template)


def drop_database(dsn: str) -> None:
    """Drop the database of `dsn`, ending connections that a test left open."""
    name = str(psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
    with psycopg.connect(dsn, dbname="postgres", autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def socket_path(dsn: str) -> Path:
    """The Unix socket of the server of `dsn`."""
    told = psycopg.conninfo.conninfo_to_dict(dsn)
    return Path(str(told["host"])) / f".s.PGSQL.{told['port']}"


def behind_wire(dsn: str, port: int) -> str:
    """The dsn that leads through a proxy on `port` of this machine."""
    return psycopg.conninfo.make_conninfo(dsn, host="127.0.0.1", port=port)


@pytest.fixture(scope="session")
def postgres_server() -> RunningPostgres:
    """The server of this run."""
    return shared_server()


@pytest.fixture
def database_dsn(postgres_server: RunningPostgres) -> Iterator[str]:
    """The dsn of an empty database of this test's own."""
    dsn = fresh_database(postgres_server)
    yield dsn
    drop_database(dsn)
