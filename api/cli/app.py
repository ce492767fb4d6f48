"""Puts the commands together and turns known failures into one line and exit code 2."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Final, cast

import typer

from adapters.servers.errors import EmbeddedServerError
from api.cli import doctor, formats, payments, processes, serve, timeline
from api.cli.demo.command import demo
from api.cli.merchants import app as merchants
from api.cli.operators import app as operators
from api.cli.output import complain, say
from api.cli.projections import app as projections
from api.cli.reviews import app as reviews
from api.cli.support import Refused
from api.processes.away import AWAY, said_of
from api.processes.embedded import DataInUse, NotReady, ToldToStop
from api.settings import SettingsRefused
from api.version import VERSION
from domain.installation.formats import FormatTooHigh

NOT_NOW: Final = 1
BAD_INPUT: Final = 2
INTERRUPTED: Final = 130
# typer brings its own copy of click, so click's ClickException is not the one that it raises.
WRONG_USE: Final = cast(
    type[typer.BadParameter],
    next(one for one in typer.BadParameter.__mro__ if one.__name__ == "ClickException"),
)
KNOWN: Final = (
    SettingsRefused, DataInUse, NotReady, EmbeddedServerError, Refused, FormatTooHigh,
)  # fmt: skip

app = typer.Typer(
    name="interlock",
    help="Event-sourced payment orchestrator: charged twice never, lost never, explained always.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        say(f"interlock {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Shows it.")
    ] = False,
) -> None:
    """Event-sourced payment orchestrator: charged twice never, lost never, explained always."""


app.command()(serve.serve)
app.command()(serve.settings)
app.command()(processes.api)
app.command()(processes.worker)
app.command()(demo)
app.command()(payments.payments)
app.command()(timeline.timeline)
app.command()(doctor.doctor)
app.command("format")(formats.show)
app.add_typer(merchants, name="merchants")
app.add_typer(operators, name="operators")
app.add_typer(reviews, name="review")
app.add_typer(projections, name="projections")


def main() -> int:
    """The exit code: 0; 1 where a check found something wrong, or a store does not answer; 2 for
    bad input or settings; 130 where it was told to stop before it had begun."""
    try:
        result = app(prog_name="interlock", standalone_mode=False)
    except KNOWN as known:
        return _refuse(str(known))
    except AWAY as away:
        return _refuse(said_of(away), code=NOT_NOW)
    except ToldToStop as told:
        return _refuse(str(told), code=INTERRUPTED)
    except BrokenPipeError:  # nobody reads any more, and nothing is to be said about it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_NOW
    except OSError as failure:
        if failure.filename is None:
            raise
        return _refuse(f"{failure.filename}: {failure.strerror}")
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except WRONG_USE as wrong:
        if type(wrong).__name__ == "NoArgsIsHelpError":
            return 0  # the help is the answer
        return _refuse(wrong.format_message())
    return result if isinstance(result, int) else 0


def _refuse(text: str, *, code: int = BAD_INPUT) -> int:
    complain(text)
    return code
