"""`interlock merchants`: registers merchants, issues and revokes their API keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from api.cli.output import say, say_json
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
from api.composition.merchants import merchants_over
from api.settings import read_settings
from application.merchants.register import IssuedKey, MerchantBusy, Merchants
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
    as_json: JsonOption = False,
) -> None:
    """Registers a merchant and shows its first API key, once."""

    async def work(merchants: Merchants) -> IssuedKey:
        await merchants.register(merchant, name=name or merchant, actor=ACTOR)
        return await _issued(merchants, merchant, None)

    _show(merchant, _with(data, work), as_json=as_json)


@app.command("issue-key")
def issue_key(
    merchant: MerchantArgument,
    api_version: VersionOption = None,
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Issues another key, for rotation: two are valid at most. Shown once."""

    async def work(merchants: Merchants) -> IssuedKey:
        return await _issued(merchants, merchant, api_version)

    _show(merchant, _with(data, work), as_json=as_json)


@app.command("revoke-key")
def revoke_key(
    merchant: MerchantArgument,
    key_id: Annotated[str, typer.Argument(help="The part between the last underscores.")],
    data: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Revokes a key; it is refused everywhere within half a minute."""

    async def work(merchants: Merchants) -> str:
        await merchants.revoke_key(merchant, key_id, actor=ACTOR)
        return key_id

    revoked = _with(data, work)
    if as_json:
        say_json({"merchant": merchant, "revoked": revoked})
    else:
        say(f"revoked {revoked}")


def _show(merchant: str, key: IssuedKey, *, as_json: bool) -> None:
    """The key alone on its line: it is copied from there."""
    if as_json:
        say_json({"merchant": merchant, "key_id": key.key_id, "key": key.text})
    else:
        say(key.text)


async def _issued(merchants: Merchants, merchant: str, api_version: str | None) -> IssuedKey:
    return await merchants.issue_key(merchant, actor=ACTOR, api_version=api_version)


def _with(data: DataOption, work: Callable[[Merchants], Awaitable[Result]]) -> Result:
    async def opened() -> Result:
        async with event_log(settings) as store:
            try:
                return await work(merchants_over(store, await begun(store)))
            except (MerchantRejected, MerchantBusy, FormatTooLow) as refused:
                raise Refused(str(refused)) from refused

    with reachable(read_settings(data=data)) as settings:
        return run(opened())
