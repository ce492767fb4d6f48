"""A program whose rows say something else takes the place of the old one, under load: its read
models are folded beside the old ones and switched to, and a reader notices the new rows alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final, LiteralString

import psycopg
import pytest
from psycopg import sql

from adapters.event_store.postgres.store import EmbeddedEventStore
from api.processes.children import Child, module
from projections.versions import VERSION, schema_name
from tests.end_to_end.installation import Installation, Links, installed
from tests.end_to_end.next_version import MARK
from tests.end_to_end.ports import free_port
from tests.end_to_end.shop import Shop
from tests.end_to_end.shoppers import Shoppers
from tests.end_to_end.stores import installation_folder, merchant_key, postgres_database

pytestmark = pytest.mark.slow

OLD, NEW = schema_name(VERSION), schema_name(VERSION + 1)
SHOPPERS: Final = 3
BEFORE: Final = 150  # payments that the new version has to fold, more than a batch of events
PATIENCE_S: Final = 60.0
LOOK_EVERY_S: Final = 0.05


class Rows:
    """What the database knows, past all processes."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn

    def ask(self, question: LiteralString, schema: str = "public") -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            named = sql.SQL(question).format(schema=sql.Identifier(schema))
            return connection.execute(named).fetchall()

    def serving(self) -> str:
        ((number,),) = self.ask("SELECT number FROM read_models.version WHERE serves")
        return schema_name(number)

    def positions(self, schema: str) -> dict[str, int]:
        asked = "SELECT projection, position FROM {schema}.projection_checkpoint"
        return dict(self.ask(asked, schema))

    def health(self, schema: str) -> list[tuple[Any, ...]]:
        return self.ask("SELECT * FROM {schema}.gateway_health ORDER BY 1, 2", schema)

    @contextmanager
    def held_up(self, schema: str) -> Iterator[None]:
        """Nobody writes the timeline of this schema."""
        with psycopg.connect(self.dsn) as connection:
            lock = sql.SQL("LOCK TABLE {}.payment_timeline IN EXCLUSIVE MODE")
            connection.execute(lock.format(sql.Identifier(schema)))
            yield


@pytest.fixture
def running() -> Iterator[tuple[Installation, Rows, str]]:
    with ExitStack() as stack:
        dsn = stack.enter_context(postgres_database())

        async def key() -> str:
            return await merchant_key(await EmbeddedEventStore.connect(dsn), "acme")

        links = Links(postgres=dsn)
        folder = stack.enter_context(installation_folder())
        api_key = asyncio.run(key())
        yield stack.enter_context(installed(folder, links)), Rows(dsn), api_key


def start_next(installation: Installation, name: str, process: str, **environment: str) -> None:
    """A process of the next version beside the others."""
    alike = installation.children[1]
    command = module("tests.end_to_end.next_version", process)
    told = {**alike.environment, "INTERLOCK_OPERATIONS_PORT": "0", **environment}
    child = Child(name, command, told)
    child.start()
    installation.children.append(child)


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            if what():
                return
            await asyncio.sleep(LOOK_EVERY_S)


async def test_a_switch_under_load_with_a_worker_killed_in_the_midst(
    running: tuple[Installation, Rows, str],
) -> None:
    installation, rows, api_key = running
    shop = Shop(installation.urls[0], api_key, installation.books, installation.simulator_url)
    shoppers = Shoppers([shop])
    async with shoppers.going_on(SHOPPERS):
        await shoppers.more(BEFORE)
        assert rows.serving() == OLD
        port = free_port()
        start_next(installation, "api1", "api.processes.api_server", INTERLOCK_PORT=str(port))
        installation.api_ports.append(port)
        await asyncio.to_thread(installation.wait_until_ready)
        new = Shop(installation.urls[1], api_key, installation.books, installation.simulator_url)
        shoppers.shops.append(new)
        await shoppers.more(10)

        # The worker dies while it folds the new version, and its successor goes on.
        with rows.held_up(NEW):
            start_next(installation, "worker1", "api.processes.worker")
            await until(lambda: rows.positions(NEW).get("payment_status", -1) >= 0)
            await shoppers.more(10)
            assert (rows.serving(), rows.positions(NEW)["payment_timeline"]) == (OLD, -1)
            await asyncio.to_thread(installation.kill, "worker1")
        await until(lambda: rows.serving() == NEW)
        await shoppers.more(20)

        # The old worker goes: the new one feeds both versions, the old API reads its own.
        worker = installation.child("worker0")
        installation.children.remove(worker)
        await asyncio.to_thread(worker.stop)
    assert (shoppers.wrong, shoppers.looks > 4 * BEFORE) == ([], True)

    assert await marks(new, shoppers.made) == {True}
    paid = await shop.pay()
    await until(lambda: all(at >= head(rows) for at in rows.positions(OLD).values()))
    await until(lambda: all(at >= head(rows) for at in rows.positions(NEW).values()))
    assert await marks(shop, [*shoppers.made, paid.json()["id"]]) == {False}
    assert rows.health(OLD) == rows.health(NEW) != []


def head(rows: Rows) -> int:
    newest = [max(rows.positions(one).values()) for one in (OLD, NEW)]
    return max(newest)


async def marks(shop: Shop, payments: list[str]) -> set[bool]:
    """Whether the listed payments say what the next version says."""
    listed: dict[str, bool] = {}
    cursor: str | None = None
    while True:
        after = "" if cursor is None else f"&cursor={cursor}"
        page = (await shop.get(f"/v1/payments?limit=100{after}")).json()
        listed |= {one["id"]: MARK in one for one in page["data"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return {listed[payment] for payment in payments}


async def test_a_new_installation_starts_at_the_newest(
    running: tuple[Installation, Rows, str],
) -> None:
    _, rows, _ = running
    assert rows.serving() == OLD
    assert rows.ask("SELECT number, caught_up_at IS NOT NULL FROM read_models.version") == [
        (VERSION, True)
    ]
