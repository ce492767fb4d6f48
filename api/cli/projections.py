"""`interlock projections`: how far each read model is, what it parked, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Final, TypeAlias

import typer

from api.cli.output import records, say, say_json
from api.cli.support import DataOption, JsonOption, Refused, event_log, reachable, run
from api.composition import read_side
from api.composition.stores import open_read_models
from api.settings import Settings, read_settings
from projections.catalogue import PROJECTIONS
from projections.failures import Interrupted, NotParked, ParkedChanged, StillPoison
from projections.lag import ProjectionReport

NUMBERS: Final = ("events behind", "seconds", "parked")
Reports: TypeAlias = Mapping[str, Sequence[ProjectionReport]]  # by the schema of the version

app = typer.Typer(help="Shows how far the read models are; replays what they parked.")


@app.callback(invoke_without_command=True)
def show(context: typer.Context, data: DataOption = None, as_json: JsonOption = False) -> None:
    """Shows every projection's lag and what it parked. Exit code 1 where something is parked."""
    if context.invoked_subcommand is not None:
        if data is not None or as_json:
            raise Refused(f"options go behind {context.invoked_subcommand}")
        return
    with reachable(read_settings(data=data)) as settings, _answering():
        found = run(_reports(settings))
    rows = list(_rows(found))
    parked = list(_parked(found))
    if as_json:
        for row in rows:
            say_json(row)
        for one in parked:
            say_json(one)
    else:
        records([{name: str(one) for name, one in row.items()} for row in rows], right=NUMBERS)
        for one in parked:
            where = f"{one['stream']} at revision {one['revision']} ({one['type']})"
            say(f"{one['projection']} of {one['version']} parked {where}: {one['reason']}")
    if parked:
        raise typer.Exit(1)


@app.command()
def replay(
    projection: Annotated[str, typer.Argument(help=", ".join(PROJECTIONS))],
    stream: Annotated[str, typer.Argument(help="As it is shown: payment-...")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Projects a parked stream's events in order, once what stood in the way is mended: all of
    them or, where one still fails (exit code 1), none."""
    if projection not in PROJECTIONS:
        raise Refused(f"no projection {projection!r}; there are {', '.join(PROJECTIONS)}")
    with reachable(read_settings(data=data)) as settings, _answering():
        try:
            count = run(_replayed(settings, projection, stream))
        except StillPoison as poison:
            say(f"still parked: {poison}")
            raise typer.Exit(1) from poison
    if as_json:
        say_json({"projection": projection, "stream": stream, "events": count})
    else:
        say(f"{projection} projected {count} events of {stream}: it is not parked any more")


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


def _rows(found: Reports) -> Iterator[dict[str, Any]]:
    for schema, reports in found.items():
        for one in reports:
            behind = f"{one.lag.events}{'+' if one.lag.more else ''}"
            yield {
                "version": schema,
                "projection": one.row.projection,
                "events behind": behind,
                "seconds": f"{one.lag.seconds:.1f}",
                "parked": len(one.row.parked),
            }


def _parked(found: Reports) -> Iterator[dict[str, Any]]:
    for schema, reports in found.items():
        for one in reports:
            for parked in one.row.parked:
                yield {
                    "version": schema,
                    "projection": one.row.projection,
                    "stream": parked.stream,
                    "revision": parked.revision,
                    "type": parked.type,
                    "reason": parked.reason,
                }
