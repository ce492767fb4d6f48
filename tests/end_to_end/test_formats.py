"""The format with real processes: an older log is carried on and raised while they run, and whoever
meets a format that it does not know ends with one line."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import pytest

from adapters.codec import installation_codec
from adapters.event_store.postgres.store import EmbeddedEventStore
from adapters.servers.postgres import PostgresFolder
from adapters.surroundings import RandomIds
from api.cli import app
from api.composition.installation import format_over
from api.processes.embedded import DATABASE
from api.processes.program import NEWER_NEEDED
from application.fact_log import Author, FactLog
from application.installation.in_force import FormatInForce
from domain.installation.events import FormatRaised
from domain.installation.formats import FIRST, NEWEST, Format, FormatTooHigh
from domain.installation.installation import STREAM
from tests.bench.calls import create_in_process
from tests.bench.cells import instant_core
from tests.end_to_end.installation import Links, installed
from tests.end_to_end.ports import free_port
from tests.end_to_end.shop import Shop
from tests.end_to_end.stores import installation_folder, merchant_key, postgres_database
from tests.support.postgres import server_folder

pytestmark = pytest.mark.slow

HIGHER: Final = NEWEST + 1
REFUSAL: Final = f"interlock: {FormatTooHigh(HIGHER)}"
ENDED_S_MAX: Final = 60.0
ROOT: Final = Path(__file__).parents[2]


@pytest.fixture
def dsn() -> Iterator[str]:
    with postgres_database() as dsn:
        yield dsn


async def older_log(dsn: str) -> str:
    """Makes a log that held a payment before there were formats; a merchant's key."""
    store = await EmbeddedEventStore.connect(dsn)
    await create_in_process(instant_core(store, FormatInForce(Format(FIRST))))()
    return await merchant_key(store, "acme")


async def raised(dsn: str, number: int) -> None:
    """As a newer version of Interlock would."""
    store = await EmbeddedEventStore.connect(dsn)
    try:
        log = FactLog(store, installation_codec(), RandomIds(), FormatInForce(Format(FIRST)))
        fact = FormatRaised(format=number, at=datetime(2026, 12, 1, tzinfo=UTC), by="newer")
        author = Author(command=uuid4(), actor="newer", merchant="")
        await log.append(await log.read(STREAM), [fact], author)
    finally:
        await store.aclose()


async def format_in(dsn: str) -> int:
    store = await EmbeddedEventStore.connect(dsn)
    try:
        return await format_over(store).read()
    finally:
        await store.aclose()


async def test_an_older_log_is_carried_on_and_raised_while_everything_runs(dsn: str) -> None:
    key = await older_log(dsn)
    with installation_folder() as folder, installed(folder, Links(postgres=dsn)) as running:
        shop = Shop(running.urls[0], key, running.books, running.simulator_url)
        assert (await shop.pay()).status_code == 201
        assert await format_in(dsn) == FIRST
        await raised(dsn, NEWEST)
        assert (await shop.pay()).status_code == 201
        assert all(one.restarts == 0 for one in running.children)


@pytest.mark.parametrize("name", ["api_server", "worker"])
def test_a_process_that_meets_a_higher_format_ends_with_one_line(dsn: str, name: str) -> None:
    with installation_folder() as folder, started(name, dsn, folder) as process:
        assert process.stderr is not None
        ready = next(line for line in process.stderr if "is ready" in line or "listens" in line)
        assert ready
        asyncio.run(raised(dsn, HIGHER))
        _, said = process.communicate(timeout=ENDED_S_MAX)
        assert (process.returncode, told(said)) == (NEWER_NEEDED, [REFUSAL]), said

        with started(name, dsn, folder) as again:
            _, said = again.communicate(timeout=ENDED_S_MAX)
            assert (again.returncode, told(said)) == (NEWER_NEEDED, [REFUSAL]), said


def test_the_command_shows_and_raises_the_format(capsys: pytest.CaptureFixture[str]) -> None:
    with data_folder() as (data, dsn):
        assert interlock("format", "--data", data) == 0
        assert f"format {FIRST}, this version knows up to {NEWEST}" in capsys.readouterr().out
        assert interlock("format", "--raise", "--data", data) == 0
        assert interlock("doctor", "--data", data) == 0
        printed = capsys.readouterr()
        assert f"format: {NEWEST}, this version knows up to {NEWEST}" in printed.out
        assert asyncio.run(format_in(dsn)) == NEWEST

        asyncio.run(raised(dsn, HIGHER))
        for command in (["format"], ["format", "--raise"], ["doctor"], ["merchants", "add", "new"]):
            assert interlock(*command, "--data", data) == 2
            assert capsys.readouterr().err == f"{REFUSAL}\n"


def interlock(*arguments: str) -> int:
    """The exit code of the command, run here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["interlock", *arguments])
        return app.main()


@contextmanager
def data_folder() -> Iterator[tuple[str, str]]:
    """Of an embedded installation that held a payment before there were formats; its dsn."""
    folder = server_folder()
    try:
        with PostgresFolder(folder / "postgres").running() as server:
            dsn = server.ensure_database(DATABASE)
            asyncio.run(older_log(dsn))
            yield str(folder), dsn
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def started(name: str, dsn: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    kept = {key: one for key, one in os.environ.items() if not key.startswith("INTERLOCK_")}
    environment = {
        "INTERLOCK_MODE": "embedded",
        "INTERLOCK_EMBEDDED_DSN": dsn,
        "INTERLOCK_DATA": str(folder),
        "INTERLOCK_PORT": str(free_port()),
        "INTERLOCK_OPERATIONS_PORT": "0",
    }
    with subprocess.Popen(
        [sys.executable, "-m", f"api.processes.{name}"],
        cwd=ROOT, env={**kept, **environment}, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def told(stderr: str) -> list[str]:
    """What is said to people: the lines that are no log."""
    return [line for line in stderr.splitlines() if not line.startswith("{")]
