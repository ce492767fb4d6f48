"""`interlock operators`: who may end reviews, and the keys that prove it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from api.cli.output import records, say, say_json
from api.cli.support import (
    DataOption,
    JsonOption,
    Refused,
    Result,
    event_log,
    reachable,
    run,
)
from api.composition.installation import begun
from api.composition.merchants import operators_over
from api.settings import read_settings
from application.operators.register import OperatorBusy, Operators
from domain.installation.formats import FormatTooLow
from domain.operator.operator import Operator
from domain.operator.rules import OperatorRejected
from domain.payment.when import when

ACTOR = "command-line"

app = typer.Typer(
    help="Registers operators, issues and revokes their keys (docs/reviews.md).",
    no_args_is_help=True,
)

OperatorArgument = Annotated[str, typer.Argument(help="3-40 lower-case letters and digits.")]


@app.command()
def add(
    operator: OperatorArgument,
    name: Annotated[str, typer.Option(help="The person's name.")] = "",
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Registers an operator and shows the first key, once."""

    async def work(operators: Operators) -> str:
        await operators.register(operator, name=name or operator, actor=ACTOR)
        return (await operators.issue_key(operator, actor=ACTOR)).text

    _show_key(operator, _with(data, work), as_json)


@app.command("list")
def show(data: DataOption = None, as_json: JsonOption = False) -> None:
    """Lists the operators and the ids of their valid keys."""
    found = _with(data, Operators.all)
    if as_json:
        for one in found:
            say_json(_told(one))
        return
    records([_shown(one) for one in found])
    if not found:
        say("no operators")


@app.command("issue-key")
def issue_key(
    operator: OperatorArgument, data: DataOption = None, as_json: JsonOption = False
) -> None:
    """Issues another key, for rotation: two are valid at most. Shown once."""

    async def work(operators: Operators) -> str:
        return (await operators.issue_key(operator, actor=ACTOR)).text

    _show_key(operator, _with(data, work), as_json)


@app.command("revoke-key")
def revoke_key(
    operator: OperatorArgument,
    key_id: Annotated[str, typer.Argument(help="The part between the last underscores.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revokes a key; it is refused everywhere within half a minute."""

    async def work(operators: Operators) -> str:
        await operators.revoke_key(operator, key_id, actor=ACTOR)
        return f"revoked {key_id}"

    said = _with(data, work)
    if as_json:
        say_json({"operator": operator, "revoked": key_id})
    else:
        say(said)


def _show_key(operator: str, key: str, as_json: bool) -> None:
    if as_json:
        say_json({"operator": operator, "key": key})
    else:
        say(key)


def _shown(operator: Operator) -> dict[str, str]:
    return {
        "operator": operator.id,
        "name": operator.name,
        "valid keys": " ".join(key.id for key in operator.valid_keys) or "-",
        "since (UTC)": f"{operator.registered_at:%Y-%m-%d %H:%M:%S}",
    }


def _told(operator: Operator) -> dict[str, object]:
    keys = [
        {
            "id": one.id,
            "issued_at": when(one.issued_at),
            "revoked_at": None if one.revoked_at is None else when(one.revoked_at),
        }
        for one in operator.keys.values()
    ]
    since = when(operator.registered_at)
    return {"operator": operator.id, "name": operator.name, "registered_at": since, "keys": keys}


def _with(data: DataOption, work: Callable[[Operators], Awaitable[Result]]) -> Result:
    async def opened() -> Result:
        async with event_log(settings) as store:
            try:
                return await work(operators_over(store, await begun(store)))
            except (OperatorRejected, OperatorBusy, FormatTooLow) as refused:
                raise Refused(str(refused)) from refused

    with reachable(read_settings(data=data)) as settings:
        return run(opened())
