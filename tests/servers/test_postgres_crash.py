"""The embedded PostgreSQL after a crash: nothing committed is lost, no server is left over."""

import os
import signal
import subprocess
from pathlib import Path

import psutil
import psycopg
import pytest

from adapters.servers.postgres import PostgresFolder, RunningPostgres
from tests.servers.processes import HOLD, START, finish, first_words, is_gone, spawn, wait_until

pytestmark = pytest.mark.slow

ROWS = 200


def rows(server: RunningPostgres) -> int:
    with psycopg.connect(server.dsn()) as connection:
        row = connection.execute("SELECT count(*) FROM fact").fetchone()
    assert row is not None
    return int(row[0])


def fill(server: RunningPostgres) -> None:
    with psycopg.connect(server.ensure_database(), autocommit=True) as connection:
        connection.execute("CREATE TABLE fact (number int)")
        for number in range(ROWS):
            connection.execute("INSERT INTO fact VALUES (%s)", [number])


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: is_gone(pid), f"{pid} ends")


def pid_file(server: RunningPostgres) -> Path:
    return server.postmaster.cluster / "postmaster.pid"


def test_four_racing_processes_end_with_one_server(folder: Path) -> None:
    racers = [spawn(START, folder) for _ in range(4)]
    words = [first_words(racer) for racer in racers]
    for racer in racers:
        finish(racer)
    assert len({pid for pid, _ in words}) == 1
    assert sorted(started for _, started in words) == ["False", "False", "False", "True"]
    assert str(PostgresFolder(folder).start().pid) == words[0][0]


def test_no_committed_row_is_lost_when_the_server_is_killed(folder: Path) -> None:
    killed = PostgresFolder(folder).start()
    fill(killed)
    kill(killed.pid)
    with PostgresFolder(folder).running() as server:
        assert server.started_here
        assert server.pid != killed.pid
        assert rows(server) == ROWS


def test_a_frozen_backend_of_a_killed_server_does_not_bar_the_next(folder: Path) -> None:
    killed = PostgresFolder(folder).start()
    fill(killed)
    with psycopg.connect(killed.dsn()) as connection:
        backend = connection.info.backend_pid
        os.kill(backend, signal.SIGSTOP)
        kill(killed.pid)
        with PostgresFolder(folder).running() as server:
            assert is_gone(backend)
            assert rows(server) == ROWS


def test_a_pid_file_that_names_a_stranger_is_dropped(folder: Path) -> None:
    stopped = PostgresFolder(folder).start()
    fill(stopped)
    noted = pid_file(stopped).read_text()
    stopped.stop()
    pid_file(stopped).write_text(noted.replace(str(stopped.pid), str(os.getpid()), 1))
    with PostgresFolder(folder).running() as server:
        assert rows(server) == ROWS


def test_a_pid_file_that_names_a_zombie_is_dropped(folder: Path) -> None:
    stopped = PostgresFolder(folder).start()
    fill(stopped)
    noted = pid_file(stopped).read_text()
    stopped.stop()
    with subprocess.Popen(["true"]) as zombie:
        wait_until(lambda: psutil.Process(zombie.pid).status() == psutil.STATUS_ZOMBIE, "a zombie")
        pid_file(stopped).write_text(noted.replace(str(stopped.pid), str(zombie.pid), 1))
        with PostgresFolder(folder).running() as server:
            assert rows(server) == ROWS


def test_an_initdb_cut_short_is_done_again(folder: Path) -> None:
    first = PostgresFolder(folder).start(fsync=False)
    first.stop()
    cluster = first.postmaster.cluster
    cluster.rename(cluster.with_name("draft"))
    with PostgresFolder(folder).running(fsync=False) as server:
        assert server.ensure_database() == server.dsn()


def test_a_server_outlives_the_killed_process_that_started_it(folder: Path) -> None:
    starter = spawn(START, folder)
    pid, _ = first_words(starter)
    finish(starter, kill=True)
    joined = PostgresFolder(folder).start()
    assert str(joined.pid) == pid
    joined.stop()


def test_a_held_server_ends_with_its_killed_holder(folder: Path) -> None:
    holder = spawn(HOLD, folder)
    pid, _ = first_words(holder)
    finish(holder, kill=True)
    wait_until(lambda: is_gone(int(pid)), "the server ends")
    with PostgresFolder(folder).running() as server:
        assert server.started_here
