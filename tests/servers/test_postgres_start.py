"""Starting and stopping the embedded PostgreSQL in the ordinary way."""

import os
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from adapters.servers.account import Account
from adapters.servers.errors import EmbeddedServerError
from adapters.servers.places import SOCKET_FOLDER_CHARACTERS_MAX
from adapters.servers.postgres import PostgresFolder
from tests.servers.processes import AS_NOBODY, finish, first_words, is_gone, spawn, wait_until

pytestmark = pytest.mark.slow


def setting(dsn: str, name: str) -> str:
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return str(row[0])


def test_a_second_start_joins_the_running_server(folder: Path) -> None:
    first = PostgresFolder(folder).start()
    second = PostgresFolder(folder).start()
    assert (first.started_here, second.started_here) == (True, False)
    assert first.pid == second.pid
    second.stop()
    # It serves nobody any more; the kernel may still be about to take it away.
    wait_until(lambda: is_gone(first.pid), "the server is gone")
    first.stop()


def test_it_is_durable_bounded_and_closed_to_the_network(folder: Path) -> None:
    with PostgresFolder(folder).running() as server:
        dsn = server.ensure_database()
        assert setting(dsn, "fsync") == "on"
        assert setting(dsn, "synchronous_commit") == "on"
        assert setting(dsn, "full_page_writes") == "on"
        # Else a killed server takes seconds for the folder's files, one by one.
        assert setting(dsn, "recovery_init_sync_method") == (
            "syncfs" if sys.platform == "linux" else "fsync"
        )
        assert setting(dsn, "listen_addresses") == ""
        assert setting(dsn, "max_connections") == "100"
        assert server.sockets.stat().st_mode & 0o777 == 0o700


def test_a_database_is_made_once(folder: Path) -> None:
    with PostgresFolder(folder).running(fsync=False) as server:
        with psycopg.connect(server.ensure_database("facts")) as connection:
            connection.execute("CREATE TABLE fact (number int)")
        assert server.ensure_database("facts") == server.dsn("facts")
        with psycopg.connect(server.dsn("facts")) as connection:
            assert connection.execute("SELECT count(*) FROM fact").fetchone() == (0,)


def test_who_joined_does_not_stop_it(folder: Path) -> None:
    with PostgresFolder(folder).running(fsync=False) as server:
        with PostgresFolder(folder).running(fsync=False) as joined:
            assert not joined.started_here
        assert not is_gone(server.pid)
    wait_until(lambda: is_gone(server.pid), "the server is gone")


def test_a_server_that_forgets_is_not_joined_by_who_needs_durability(folder: Path) -> None:
    with PostgresFolder(folder).running(fsync=False):
        with pytest.raises(EmbeddedServerError, match="fsync=off"):
            PostgresFolder(folder).start()


def test_a_long_path_still_has_a_socket(folder: Path) -> None:
    deep = folder / ("a" * SOCKET_FOLDER_CHARACTERS_MAX) / "b"
    with PostgresFolder(deep).running(fsync=False) as server:
        assert len(str(server.sockets)) <= SOCKET_FOLDER_CHARACTERS_MAX
        assert setting(server.ensure_database(), "fsync") == "off"
        assert PostgresFolder(deep).start(fsync=False).sockets == server.sockets
    server.sockets.rmdir()


def test_root_hands_the_server_to_nobody(folder: Path) -> None:
    with PostgresFolder(folder).running(fsync=False) as server:
        account = Account.for_servers()
        assert psutil.Process(server.pid).uids().real == account.uid
        assert account.uid != 0
        assert account.switched == (os.geteuid() == 0)


def test_an_ordinary_user_needs_no_root(folder: Path) -> None:
    if os.geteuid() != 0:
        with PostgresFolder(folder).running(fsync=False) as server:
            assert psutil.Process(server.pid).uids().real == os.geteuid()
        return
    os.chown(folder, 65534, 65534)
    process = spawn(AS_NOBODY, folder)
    pid, answer = first_words(process)
    assert psutil.Process(int(pid)).uids().real == 65534
    assert answer == "42"
    finish(process)
    wait_until(lambda: is_gone(int(pid)), "the server is gone")
