"""Processes of the embedded server that are frozen: they are ended, and nothing is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from adapters.servers.frozen import FROZEN_S, LOOK_EVERY_S, FrozenServerProcesses
from adapters.servers.postgres import PostgresFolder, RunningPostgres
from tests.servers.processes import is_gone, wait_until

pytestmark = pytest.mark.slow

LOCK = "SELECT pg_advisory_lock(1)"
STARTED_AT = 1_000.0


@pytest.fixture
def server(folder: Path) -> Iterator[RunningPostgres]:
    with PostgresFolder(folder).running() as server:
        yield server


def looked_at(
    frozen: FrozenServerProcesses, server: RunningPostgres, *, since: float, for_s: float
) -> float:
    """When the last look was."""
    now = since
    while now < since + for_s:
        now += LOOK_EVERY_S
        frozen.end(server.postmaster, now=now)
    return now


def stop(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)


def can_lock(server: RunningPostgres) -> bool:
    try:
        with psycopg.connect(server.dsn("postgres")) as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(1)").fetchone()
    except psycopg.OperationalError:  # it recovers
        return False
    return row == (True,)


def test_a_frozen_backend_gives_back_what_it_locked(server: RunningPostgres) -> None:
    frozen = FrozenServerProcesses()
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(LOCK)
        stop(connection.info.backend_pid)
        assert not can_lock(server)
        looked_at(frozen, server, since=STARTED_AT, for_s=FROZEN_S + 2 * LOOK_EVERY_S)
        wait_until(lambda: can_lock(server), "the lock is free")
    assert server.postmaster.is_alive()


def test_a_frozen_server_is_ended_and_can_be_started_again(
    server: RunningPostgres, folder: Path
) -> None:
    stop(server.pid)
    frozen = FrozenServerProcesses()
    looked_at(frozen, server, since=STARTED_AT, for_s=FROZEN_S + 2 * LOOK_EVERY_S)
    wait_until(lambda: is_gone(server.pid), "the server is gone")
    assert PostgresFolder(folder).start().pid != server.pid


def test_who_is_frozen_for_a_moment_is_left_alone(server: RunningPostgres) -> None:
    frozen = FrozenServerProcesses()
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        now = STARTED_AT
        for _ in range(3):
            stop(connection.info.backend_pid)
            now = looked_at(frozen, server, since=now, for_s=FROZEN_S - LOOK_EVERY_S)
            os.kill(connection.info.backend_pid, signal.SIGCONT)
            connection.execute(LOCK)
            now = looked_at(frozen, server, since=now, for_s=LOOK_EVERY_S)


def test_who_stood_still_himself_ends_nobody(server: RunningPostgres) -> None:
    frozen = FrozenServerProcesses()
    frozen.end(server.postmaster, now=STARTED_AT)
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        stop(connection.info.backend_pid)
        frozen.end(server.postmaster, now=STARTED_AT + LOOK_EVERY_S)
        frozen.end(server.postmaster, now=STARTED_AT + 100 * FROZEN_S)
        os.kill(connection.info.backend_pid, signal.SIGCONT)
        connection.execute(LOCK)
