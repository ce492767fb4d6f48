"""Gathers what the oracle reads of an installation of real processes: diary, books, log, rows.

What only a simulation can witness (what left a socket, a process's clock) is missing: for what
rests on it the oracle says that it cannot tell.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

from adapters.gateways.configuration import GatewaySettings
from application.ports.event_store import EventStore
from domain.log import BEFORE_FIRST
from domain.payment.rules import CHARGE_TRIES_MAX, REFUSALS_PER_PAYMENT_MAX, Rules
from projections.versions import VERSION, schema_name
from tests.crash.diary import Diary
from tests.crash.waiting import LOOK_EVERY_S

SCHEMA: Final = schema_name(VERSION)
PROJECTED_S_MAX: Final = 30.0
TABLES: Final = ("payment_status", "recovery", "payment_timeline")
DONE: Final = {"succeeded": "done"}  # how the oracle calls it
ORDINARY_SECONDS: Final = 3600.0  # a payment that is due later than this is not open


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where an installation keeps what it knows. `dsn`: of the read models, past any proxy."""

    open_store: Callable[[], Awaitable[EventStore]]
    dsn: str
    books: Path
    gateways: Sequence[GatewaySettings]
    rules: Rules


async def history_of(site: Site, diary: Diary, *, seed: int, faults_end_s: float) -> dict[str, Any]:
    """See tests/simulation/history_format.md. To be called when nothing moves any more."""
    facts = [*diary.facts, *booked(site.books, diary.epoch)]
    log = await stored(await site.open_store(), diary.epoch)
    await _projected(site.dsn, log[-1]["position"])
    return {
        "seed": seed,
        "planted": None,
        "settings": _settings(site.rules, diary.epoch),
        "gateways": {one.name: _gateway(one) for one in site.gateways},
        "facts": sorted(facts, key=lambda fact: float(fact["at"])),
        "log": log,
        "rows": await rows(site.dsn),
        "faults_end_s": faults_end_s,
        "end_s": diary.now(),
        "sends_witnessed": False,
    }


def booked(books: Path, epoch: float) -> Iterator[dict[str, Any]]:
    """The gateways' books as facts. A torn last line was never answered, and is left out."""
    for file in sorted(books.glob("*.jsonl")):
        *lines, _ = file.read_bytes().split(b"\n")
        yield from _entries(file.stem, [json.loads(line) for line in lines], epoch)


def _entries(
    gateway: str, entries: Sequence[dict[str, Any]], epoch: float
) -> Iterator[dict[str, Any]]:
    by_id: dict[str, dict[str, Any]] = {}
    for entry in entries:
        first = by_id.setdefault(entry["id"], entry) if "id" in entry else entry
        kind, status = entry["type"].removesuffix("_settled"), entry.get("status", "blocked")
        if kind == "operation":
            kind = first["kind"]
        yield {
            "at": entry["at_s"] - epoch,
            "fact": "booked",
            "request": None,
            "gateway": gateway,
            "account": f"acct_{gateway}",
            "key": first["key"],
            "kind": "cancel" if kind == "key_canceled" else kind,
            "charge": first.get("charge_id", first.get("id")),
            "result": DONE.get(status, status),
            "amount": first.get("amount", 0),
            "currency": first.get("currency"),
            "first": True,
        }


async def stored(store: EventStore, epoch: float) -> list[dict[str, Any]]:
    """The whole log of payments. Closes the store."""
    found: list[dict[str, Any]] = []
    after = BEFORE_FIRST
    try:
        while page := await store.read_all(after=after):
            after = page[-1].position
            found += [
                {
                    "position": one.position,
                    "stream": one.stream,
                    "revision": one.revision,
                    "id": str(one.id),
                    "type": one.type,
                    "data": one.data.decode(),
                    "metadata": one.metadata.decode(),
                    "at": one.recorded_at.timestamp() - epoch,
                }
                for one in page
                if one.stream.startswith("payment-")
            ]
    finally:
        await store.aclose()
    return found


async def rows(dsn: str) -> dict[str, list[dict[str, Any]]]:
    """The read models' rows, ids and times as text."""
    async with await psycopg.AsyncConnection.connect(dsn, row_factory=dict_row) as connection:
        return {table: await _rows(connection, table) for table in TABLES}


async def _projected(dsn: str, position: int) -> None:
    """Waits until every projection has come so far, at most PROJECTED_S_MAX: what is then not in
    the rows is missing."""
    statement = f"SELECT min(position) FROM {SCHEMA}.projection_checkpoint".encode()
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        with suppress(TimeoutError):
            async with asyncio.timeout(PROJECTED_S_MAX):
                while True:
                    row = await (await connection.execute(statement)).fetchone()
                    if row is not None and row[0] is not None and row[0] >= position:
                        return
                    await asyncio.sleep(LOOK_EVERY_S)


async def open_streams(dsn: str) -> list[str]:
    """What the work list still waits for, but for holds that will expire some day."""
    until = datetime.now(UTC).timestamp() + ORDINARY_SECONDS
    found = await rows(dsn)
    return [
        str(one["stream"])
        for one in found["recovery"]
        if datetime.fromisoformat(one["recover_after"]).timestamp() < until
    ]


async def _rows(
    connection: psycopg.AsyncConnection[dict[str, Any]], table: str
) -> list[dict[str, Any]]:
    statement = psycopg.sql.SQL("SELECT * FROM {}").format(psycopg.sql.Identifier(SCHEMA, table))
    cursor = await connection.execute(statement)
    return [{name: _plain(value) for name, value in row.items()} for row in await cursor.fetchall()]


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _settings(rules: Rules, epoch: float) -> dict[str, Any]:
    return {
        "budget_s": rules.latency_budget_s,
        "send_window_s": rules.send_within.total_seconds(),
        "answer_window_s": rules.answer_within.total_seconds(),
        "clock_skew_s": rules.clock_skew.total_seconds(),
        "complete_by_s": rules.complete_within.total_seconds(),
        "tries_max": CHARGE_TRIES_MAX,
        "refusals_max": REFUSALS_PER_PAYMENT_MAX,
        "clock_epoch": datetime.fromtimestamp(epoch, UTC).isoformat(),
    }


def _gateway(one: GatewaySettings) -> dict[str, Any]:
    return {
        "account": one.account,
        "endpoint": one.base_url,
        "key_lifetime_s": one.key_lifetime_s,
        "look_up": one.look_up,
        "cancel_by_key": one.cancel_by_key,
        "absence_is_final": one.absence_final,
        "lateness_s": one.lateness_s,
        "several_captures": one.several_captures,
        "remainder": one.remainder,
        "authorization_lifetime_s": one.authorization_lifetime_s,
    }
