"""`interlock merchants`: registers merchants, issues and revokes their API keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from api.cli.support import DataOption, Refused, Result, console, event_log, reachable, run
from api.composition.installation import begun
from api.composition.merchants import merchants_over
from api.settings import read_settings
from application.merchants.register import Merchants
from domain.installation.formats import FormatTooLow
from domain.merchant.rules import MerchantRejected

ACTOR = "command-line"

app = typer.Typer(help="Registers merchants, issues and revokes API keys.", no_args_is_help=True)

MerchantArgument = Annotated[str, typer.Argument(help="3-40 lower-case letters and digits.")]


VersionOption = Annotated[
    str | None, typer.Option(help="In which answers are told by default; the newest if not given.")
]


@app.command()
def add(
    merchant: MerchantArgument,
    name: Annotated[str, typer.Option(help="For people.")] = "",
    data: DataOption = None,
) -> None:
    """Registers a merchant and shows its first API key, once."""

    async def work(merchants: Merchants) -> str:
        await merchants.register(merchant, name=name or merchant, actor=ACTOR)
        return await _issued(merchants, merchant, None)

    typer.echo(_with(data, work))


@app.command("issue-key")
def issue_key(
    merchant: MerchantArgument, api_version: VersionOption = None, data: DataOption = None
) -> None:
    """Issues another key, for rotation: two are valid at most. Shown once."""

    async def work(merchants: Merchants) -> str:
        return await _issued(merchants, merchant, api_version)

    typer.echo(_with(data, work))


@app.command("revoke-key")
def revoke_key(
    merchant: MerchantArgument,
    key_id: Annotated[str, typer.Argument(help="The part between the last underscores.")],
    data: DataOption = None,
) -> None:
    """Revokes a key; it is refused everywhere within half a minute."""

    async def work(merchants: Merchants) -> str:
        await merchants.revoke_key(merchant, key_id, actor=ACTOR)
        return f"revoked {key_id}"

    console.print(_with(data, work))


async def _issued(merchants: Merchants, merchant: str, api_version: str | None) -> str:
    return (await merchants.issue_key(merchant, actor=ACTOR, api_version=api_version)).text


def _with(data: DataOption, work: Callable[[Merchants], Awaitable[Result]]) -> Result:
    async def opened() -> Result:
        async with event_log(settings) as store:
            try:
                return await work(merchants_over(store, await begun(store)))
            except (MerchantRejected, FormatTooLow) as refused:
                raise Refused(str(refused)) from refused

    with reachable(read_settings(data=data)) as settings:
        return run(opened())
