"""`interlock doctor`: is everything there, and is the log as it must be? Changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from typing import Annotated

import typer

from api.cli.support import DataOption, console, event_log, reachable, run
from api.composition.installation import format_over
from api.composition.stores import configured_gateways, open_read_models
from api.settings import Settings, read_settings
from application.ports.event_store import EventStore, StoreFailure
from domain.chain import FIRST, decode_metadata, digest
from domain.installation.formats import NEWEST
from domain.log import BEFORE_FIRST, Position, RecordedEvent
from projections.versions import Version, schema_name

EVENTS_MAX = 200_000


class Findings:
    """Prints each check as it is made; `wrong` counts those that failed."""

    def __init__(self) -> None:
        self.wrong = 0

    def say(self, ok: bool, what: str) -> None:
        self.wrong += not ok
        console.print(f"[green]ok[/]     {what}" if ok else f"[bold red]wrong[/]  {what}")


def doctor(
    data: DataOption = None,
    events: Annotated[int, typer.Option(help="How much of the log is verified.")] = EVENTS_MAX,
) -> None:
    """Checks settings, stores, the log's hash chains and the read models. Exit code 1 when
    something is wrong."""
    findings = Findings()
    with reachable(read_settings(data=data)) as settings:
        findings.say(True, f"settings: mode {settings.mode}")
        names = ", ".join(one.name for one in configured_gateways(settings))
        findings.say(bool(names), f"gateways: {names or 'none configured'}")
        run(_check(settings, findings, events))
    if findings.wrong:
        raise typer.Exit(1)


async def _check(settings: Settings, findings: Findings, events: int) -> None:
    head: Position | None = None
    try:
        async with event_log(settings) as store:
            head = await store.head()
            findings.say(True, f"event log: answers, newest position {head}")
            await _check_log(store, findings, events)
    except StoreFailure as failure:  # names whose credentials, or which right
        findings.say(False, f"event log: {failure}")
    async with open_read_models(settings.postgres_dsn) as read_models:
        for version in await read_models.versions.known():
            findings.say(True, f"read models: {_version(version)}")
        for row in await read_models.queries.projections():
            behind = "" if head is None else f"{max(0, head - row.position)} positions behind, "
            parked = len(row.parked)
            findings.say(not parked, f"projection {row.projection}: {behind}{parked} parked")


async def _check_log(store: EventStore, findings: Findings, events: int) -> None:
    """Raises StoreFailure."""
    number = await format_over(store).read()
    raised = "" if number == NEWEST else ": `interlock format` says how it is raised"
    findings.say(True, f"format: {number}, this version knows up to {NEWEST}{raised}")
    seen, broken = await _chains(store, events)
    findings.say(not broken, f"hash chains: {seen} events, {len(broken)} streams broken")
    for stream, why in broken.items():
        findings.say(False, f"{stream}: {why}")


def _version(version: Version) -> str:
    name = schema_name(version.number)
    if version.serves:
        return f"{name} is read"
    return f"{name} is kept" if version.caught_up else f"{name} is being folded, not read yet"


async def _chains(store: EventStore, most: int) -> tuple[int, dict[str, str]]:
    """Follows every stream's chain through the log: nothing missing, nothing changed."""
    last: dict[str, tuple[int, str]] = defaultdict(lambda: (-1, FIRST))
    broken: dict[str, str] = {}
    seen = 0
    async for event in _all(store, most):
        seen += 1
        revision, previous = last[event.stream]
        if event.revision != revision + 1:
            broken.setdefault(event.stream, f"revision {revision + 1} is missing")
        elif decode_metadata(event.metadata).previous != previous:
            broken.setdefault(event.stream, f"revision {event.revision} names another before it")
        own = digest(event, stream=event.stream, revision=event.revision)
        last[event.stream] = (event.revision, own)
    return seen, broken


async def _all(store: EventStore, most: int) -> AsyncIterator[RecordedEvent]:
    after, left = BEFORE_FIRST, most
    while left > 0 and (page := await store.read_all(after=after, limit=min(left, 2_000))):
        for event in page:
            yield event
        after, left = page[-1].position, left - len(page)
