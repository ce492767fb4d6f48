"""`interlock projections`: how far each read model is, what it parked, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, TypeAlias

import typer
from rich.table import Table

from api.cli.support import DataOption, Refused, console, event_log, reachable, run
from api.composition import read_side
from api.composition.stores import open_read_models
from api.settings import Settings, read_settings
from projections.catalogue import PROJECTIONS
from projections.failures import Interrupted, NotParked, ParkedChanged, StillPoison
from projections.lag import ProjectionReport

Reports: TypeAlias = Mapping[str, Sequence[ProjectionReport]]  # by the schema of the version

app = typer.Typer(help="Shows how far the read models are; replays what they parked.")


@app.callback(invoke_without_command=True)
def show(context: typer.Context, data: DataOption = None) -> None:
    """Shows every projection's lag and what it parked. Exit code 1 where something is parked."""
    if context.invoked_subcommand is not None:
        if data is not None:
            raise Refused(f"--data goes behind {context.invoked_subcommand}")
        return
    with reachable(read_settings(data=data)) as settings, _answering():
        found = run(_reports(settings))
    console.print(_table(found))
    parked = list(_parked(found))
    for line in parked:
        console.print(line, markup=False)
    if parked:
        raise typer.Exit(1)


@app.command()
def replay(
    projection: Annotated[str, typer.Argument(help=", ".join(PROJECTIONS))],
    stream: Annotated[str, typer.Argument(help="As it is shown: payment-...")],
    data: DataOption = None,
) -> None:
    """Projects a parked stream's events in order, once what stood in the way is mended: all of
    them or, where one still fails (exit code 1), none."""
    if projection not in PROJECTIONS:
        raise Refused(f"no projection {projection!r}; there are {', '.join(PROJECTIONS)}")
    with reachable(read_settings(data=data)) as settings, _answering():
        try:
            count = run(_replayed(settings, projection, stream))
        except StillPoison as poison:
            console.print(f"still parked: {poison}", markup=False)
            raise typer.Exit(1) from poison
    console.print(f"{projection} projected {count} events of {stream}: it is not parked any more")


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (NotParked, ParkedChanged, Interrupted) as failure:
        raise Refused(str(failure)) from failure


async def _reports(settings: Settings) -> Reports:
    async with event_log(settings) as store, open_read_models(settings.postgres_dsn) as read_models:
        return await read_side.reports(store, read_models)


async def _replayed(settings: Settings, projection: str, stream: str) -> int:
    async with event_log(settings) as store, open_read_models(settings.postgres_dsn) as read_models:
        return await read_side.replay(store, read_models, projection, stream)


def _table(found: Reports) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("version", "projection"):
        table.add_column(name, no_wrap=True)
    for name in ("events behind", "seconds", "parked"):
        table.add_column(name, no_wrap=True, justify="right")
    for schema, reports in found.items():
        for one in reports:
            behind = f"{one.lag.events}{'+' if one.lag.more else ''}"
            numbers = (behind, f"{one.lag.seconds:.1f}", str(len(one.row.parked)))
            table.add_row(schema, one.row.projection, *numbers)
    return table


def _parked(found: Reports) -> Iterator[str]:
    for schema, reports in found.items():
        for one in reports:
            for parked in one.row.parked:
                where = f"{parked.stream} at revision {parked.revision} ({parked.type})"
                yield f"{one.row.projection} of {schema} parked {where}: {parked.reason}"
