"""Puts the commands together and turns known failures into one line and exit code 2."""

from __future__ import annotations

import sys
from typing import Final, cast

import typer

from adapters.servers.errors import EmbeddedServerError
from api.cli import doctor, formats, payments, serve, timeline
from api.cli.demo.command import demo
from api.cli.merchants import app as merchants
from api.cli.operators import app as operators
from api.cli.projections import app as projections
from api.cli.support import Refused
from api.processes.embedded import DataInUse, NotReady
from api.settings import SettingsRefused
from application.ports.event_store import StoreFailure
from domain.installation.formats import FormatTooHigh

NOT_NOW: Final = 1
BAD_INPUT: Final = 2
# typer brings its own copy of click, so click's ClickException is not the one that it raises.
WRONG_USE: Final = cast(
    type[typer.BadParameter],
    next(one for one in typer.BadParameter.__mro__ if one.__name__ == "ClickException"),
)
KNOWN: Final = (SettingsRefused, DataInUse, NotReady, EmbeddedServerError, Refused, FormatTooHigh)

app = typer.Typer(
    name="interlock",
    help="Event-sourced payment orchestrator: charged twice never, lost never, explained always.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(serve.serve)
app.command()(serve.settings)
app.command()(demo)
app.command()(payments.payments)
app.command()(timeline.timeline)
app.command()(doctor.doctor)
app.command("format")(formats.show)
app.add_typer(merchants, name="merchants")
app.add_typer(operators, name="operators")
app.add_typer(projections, name="projections")


def main() -> int:
    """The exit code: 0; 1 where a check found something wrong, or the event log does not answer;
    2 for bad input or settings."""
    try:
        result = app(standalone_mode=False)
    except KNOWN as known:
        return _refuse(str(known))
    except StoreFailure as failure:
        return _refuse(f"the event log: {failure}", code=NOT_NOW)
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except WRONG_USE as wrong:
        if type(wrong).__name__ == "NoArgsIsHelpError":
            return 0  # the help is the answer
        return _refuse(wrong.format_message())
    return result if isinstance(result, int) else 0


def _refuse(text: str, *, code: int = BAD_INPUT) -> int:
    sys.stderr.write(f"interlock: {' '.join(text.split())}\n")
    return code
