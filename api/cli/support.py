"""What several commands need: settings from options, and the stores opened for reading."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import SecretStr

from adapters.servers.postgres import PostgresFolder
from api.composition.installation import refuse_higher
from api.composition.stores import open_event_store
from api.processes.embedded import DATABASE
from api.settings import Settings
from application.ports.event_store import EventStore

Result = TypeVar("Result")

DataOption = Annotated[
    Path | None, typer.Option("--data", help="Folder of the embedded mode (INTERLOCK_DATA).")
]
PortOption = Annotated[
    int | None, typer.Option("--port", help="Port of the API; 0 takes any that is free.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]


class Refused(Exception):
    """Bad input of a command: one line, exit code 2."""


def must_be_folder(data: Path) -> None:
    """Or nothing yet. Raises Refused."""
    if data.exists() and not data.is_dir():
        raise Refused(f"--data: {data} is no folder")


@contextmanager
def reachable(settings: Settings) -> Iterator[Settings]:
    """Settings whose PostgreSQL answers; the embedded one is joined, or started for a while.

    Raises Refused where there is no data folder.
    """
    if settings.mode == "production":
        yield settings
        return
    must_be_folder(settings.data)
    if not (settings.data / "postgres").exists():
        raise Refused(f"no data at {settings.data}: start `interlock serve` first, or give --data")
    with PostgresFolder(settings.data / "postgres").running() as postgres:
        dsn = SecretStr(postgres.ensure_database(DATABASE))
        yield settings.model_copy(update={"embedded_dsn": dsn})


@asynccontextmanager
async def event_log(settings: Settings) -> AsyncIterator[EventStore]:
    """Raises FormatTooHigh where the log is of a newer version's."""
    async with open_event_store(settings, settings.postgres_dsn) as store:
        await refuse_higher(store)
        yield store


def run(work: Coroutine[Any, Any, Result]) -> Result:
    return asyncio.run(work)
