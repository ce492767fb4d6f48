"""`interlock format`: which events this installation's log may hold, and the way up."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.output import say, say_json
from api.cli.support import DataOption, JsonOption, Refused, event_log, reachable, run
from api.composition.installation import format_over
from api.settings import Settings, read_settings
from application.installation.keeping import FormatBusy
from domain.installation.formats import NEWEST

ACTOR = "command-line"


def show(
    data: DataOption = None,
    raise_: Annotated[
        bool,
        typer.Option("--raise", help="To the newest, for good: older versions end at once."),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Shows the installation's format; raises it once every process runs this version."""
    with reachable(read_settings(data=data)) as settings:
        number = run(_raised(settings) if raise_ else _read(settings))
    if as_json:
        say_json({"format": number, "newest": NEWEST})
        return
    say(f"format {number}, this version knows up to {NEWEST}")
    if number < NEWEST:
        say(
            "What needs a newer one is not written yet. When every API process and worker runs this"
            " version: interlock format --raise. Older ones end then, and there is no way back."
        )


async def _read(settings: Settings) -> int:
    async with event_log(settings) as store:
        return await format_over(store).read()


async def _raised(settings: Settings) -> int:
    async with event_log(settings) as store:
        try:
            return await format_over(store).raise_to_newest(by=ACTOR)
        except FormatBusy as busy:
            raise Refused(str(busy)) from busy
