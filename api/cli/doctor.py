"""`interlock doctor`: is everything there, and is the log as it must be? Changes nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated
from uuid import UUID

import typer

from adapters.codec import MsgspecCodec
from adapters.owners import Owners
from adapters.read_models.postgres.sweeps import LastSweep, PostgresSweeps
from adapters.read_models.postgres.workers import PostgresWorkers
from adapters.read_models.workers import WorkerSeen
from api.cli.output import say, say_json
from api.cli.support import DataOption, JsonOption, event_log, reachable, run
from api.composition.installation import format_over
from api.composition.stores import configured_gateways, open_gateways, open_read_models
from api.processes.away import AWAY, said_of
from api.settings import Settings, read_settings, refuse_unknown
from application.payments.log import known, stream_of
from application.ports.event_store import EventStore
from application.recovery.unanswered import unanswered
from domain.chain import FIRST, decode_metadata, digest
from domain.installation.formats import NEWEST
from domain.log import BEFORE_FIRST, Position, RecordedEvent
from domain.payment.duties import open_duties
from domain.payment.events import PaymentEvent
from domain.payment.evolve import fold
from domain.payment.places import Place
from domain.payment.state import Known
from domain.payment.view import payment_id
from projections.versions import Version, schema_name

EVENTS_MAX = 200_000
STREAMS_TOLD_MAX = 20


class Findings:
    """Prints each check as it is made; `wrong` counts those that failed."""

    def __init__(self, *, as_json: bool = False) -> None:
        self.wrong = 0
        self._as_json = as_json

    def say(self, ok: bool, what: str) -> None:
        self.wrong += not ok
        self._print(*(("ok", "green") if ok else ("wrong", "bold red")), what)

    def leave_open(self, what: str) -> None:
        """What was looked at is in order, and not all was looked at."""
        self._print("part", "yellow", what)

    def _print(self, found: str, style: str, what: str) -> None:
        if self._as_json:
            say_json({"found": found, "what": what})
        else:
            say((f"{found:<6}", style), f" {what}")


def doctor(
    data: DataOption = None,
    events: Annotated[
        int, typer.Option(min=1, help="How much of the log is verified, from its beginning.")
    ] = EVENTS_MAX,
    as_json: JsonOption = False,
) -> None:
    """Checks settings, stores, the log's hash chains and the read models. Exit code 1 when
    something is wrong."""
    refuse_unknown()
    findings = Findings(as_json=as_json)
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
            await _check_metadata(settings, store, findings)
            await _check_places(settings, store, findings)
    except AWAY as failure:  # names whose credentials, or which right
        findings.say(False, said_of(failure))
    try:
        await _check_read_models(settings, findings, head)
    except AWAY as failure:
        findings.say(False, f"read models: {said_of(failure)}")


async def _check_read_models(settings: Settings, findings: Findings, head: Position | None) -> None:
    """Raises Interrupted, psycopg.Error."""
    async with open_read_models(settings.postgres_dsn) as read_models:
        for version in await read_models.versions.known():
            findings.say(True, f"read models: {_version(version)}")
        own = read_models.versions.own
        findings.say(True, _sweep(await PostgresSweeps(read_models.pool, own=own).last()))
        owners = Owners(settings.owners_folder)
        workers = await PostgresWorkers(read_models.pool).seen()
        say_workers(findings, [one for one in workers if not owners.is_dead(one.owner)])
        for row in await read_models.queries.projections():
            behind = "" if head is None else f"{max(0, head - row.position)} positions behind, "
            parked = len(row.parked)
            findings.say(not parked, f"projection {row.projection}: {behind}{parked} parked")


async def _check_metadata(settings: Settings, store: EventStore, findings: Findings) -> None:
    """Only EventStoreDB has any. Raises StoreFailure."""
    if settings.esdb is None:
        return
    from adapters.event_store.eventstoredb.forgetting import told_of
    from adapters.event_store.eventstoredb.store import EventStoreDBStore

    if isinstance(store, EventStoreDBStore):
        written = await store.metadata()
        say_forgetting(findings, {name: told_of(data) for name, data in written.items()})


async def _check_places(settings: Settings, store: EventStore, findings: Findings) -> None:
    """Raises StoreFailure."""
    codec, waiting = MsgspecCodec(), list[UUID]()

    async def load(payment: UUID) -> Known:
        state = known(fold([fact async for fact in _facts(store, codec, stream_of(payment))]))
        waiting.extend([payment] if open_duties(state) else [])
        return state

    async with open_read_models(settings.postgres_dsn) as models, open_gateways(settings) as all_:
        say_unanswered(findings, await unanswered(models.work_list, load, all_))
        say_waiting(findings, waiting)


def say_forgetting(findings: Findings, told: Mapping[str, Sequence[str]]) -> None:
    """Streams whose metadata was written behind our back: what is forgotten there is lost."""
    harmful = {stream: said for stream, said in told.items() if said}
    for stream, said in sorted(harmful.items())[:STREAMS_TOLD_MAX]:
        findings.say(False, f"{stream} {'; '.join(said)}: remove it (docs/eventstoredb.md)")
    if len(harmful) > STREAMS_TOLD_MAX:
        findings.say(False, f"{len(harmful) - STREAMS_TOLD_MAX} more streams with such metadata")
    if not harmful:
        findings.say(True, "stream metadata: the server forgets nothing of ours")


async def _facts(
    store: EventStore, codec: MsgspecCodec, stream: str
) -> AsyncIterator[PaymentEvent]:
    read = 0
    while page := await store.read_stream(stream, from_revision=read):
        for one in page:
            yield codec.decode(one.type, decode_metadata(one.metadata).version, one.data)
        read += len(page)


def say_unanswered(findings: Findings, found: Mapping[Place, Sequence[UUID]]) -> None:
    """Each place by itself: what is open there is carried on by nobody."""
    for (gateway, account, endpoint), payments in sorted(found.items()):
        where = f"gateway {gateway}, account {account}, at {endpoint}"
        which = f"{len(payments)} payments open, the first {payment_id(payments[0])}"
        findings.say(False, f"{where}: {which}, and no entry answers for it (docs/gateways.md)")
    if not found:
        findings.say(True, "open payments: for each there is a gateway that answers")


def say_waiting(findings: Findings, payments: Sequence[UUID]) -> None:
    """Payments of which something is open that no machine could end, and a person was asked."""
    if not payments:
        findings.say(True, "reviews: nothing that is open waits for a person")
        return
    which = f"{len(payments)} payments wait for a person, the first {payment_id(payments[0])}"
    findings.say(False, f"reviews: {which} (docs/gateways.md)")


async def _check_log(store: EventStore, findings: Findings, events: int) -> None:
    """Raises StoreFailure."""
    number = await format_over(store).read()
    raised = "" if number == NEWEST else ": `interlock format` says how it is raised"
    findings.say(True, f"format: {number}, this version knows up to {NEWEST}{raised}")
    seen, broken, more = await chains(store, events)
    told = f"hash chains: {seen} events, {len(broken)} streams broken"
    if more and not broken:
        findings.leave_open(f"{told}; newer events were not looked at (--events)")
    else:
        findings.say(not broken, told)
    for stream, why in broken.items():
        findings.say(False, f"{stream}: {why}")


def say_workers(findings: Findings, workers: Sequence[WorkerSeen]) -> None:
    """Those that are not known to be dead; a worker that ends well is not listed any more."""
    for one in workers:
        silent = f"has not got on for {one.silent_s:.0f} s: hung, frozen, or killed elsewhere"
        findings.say(one.gets_on, f"worker {one.owner} {'gets on' if one.gets_on else silent}")
    if not workers:
        findings.say(True, "workers: none is running")


def _version(version: Version) -> str:
    name = schema_name(version.number)
    if version.serves:
        return f"{name} is read"
    return f"{name} is kept" if version.caught_up else f"{name} is being folded, not read yet"


def _sweep(last: LastSweep | None) -> str:
    if last is None:
        return "work list: not swept yet"
    return (
        f"work list: swept {last.finished_at:%Y-%m-%d %H:%M} UTC, {last.open} streams due,"
        f" {last.differences} rows mended, {last.unread} unreadable, {last.unsettled} left"
    )


async def chains(store: EventStore, most: int) -> tuple[int, dict[str, str], bool]:
    """Follows every stream's chain through the log: nothing missing, nothing changed. How many
    events that were, which streams are broken, and whether there is more than `most`."""
    last: dict[str, tuple[int, str]] = defaultdict(lambda: (-1, FIRST))
    broken: dict[str, str] = {}
    seen = 0
    async for event in _all(store):
        if seen == most:
            return seen, broken, True
        seen += 1
        revision, previous = last[event.stream]
        if event.revision != revision + 1:
            broken.setdefault(event.stream, f"revision {revision + 1} is missing")
        elif decode_metadata(event.metadata).previous != previous:
            broken.setdefault(event.stream, f"revision {event.revision} names another before it")
        own = digest(event, stream=event.stream, revision=event.revision)
        last[event.stream] = (event.revision, own)
    return seen, broken, False


async def _all(store: EventStore) -> AsyncIterator[RecordedEvent]:
    after = BEFORE_FIRST
    while page := await store.read_all(after=after, limit=2_000):
        for event in page:
            yield event
        after = page[-1].position
