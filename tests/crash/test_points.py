"""`kill -9` at named points of a payment's way, brought about from outside: a wire is held still
until a witness shows that somebody waits exactly there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import psycopg
import pytest

from tests.crash.load import Load
from tests.crash.measuring import back_s, projected_s
from tests.crash.owners import note_crash
from tests.crash.plant import Plant, production_plant
from tests.crash.proxy import FaultProxy
from tests.crash.waiting import LOOK_EVERY_S, PATIENCE_S, until
from tests.crash.witnesses import SCHEMA, booked
from tests.esdb_double import EsdbDouble

pytestmark = pytest.mark.slow

SHOPPERS: Final = 8
HELD: Final = 3
API, WORKER = "api0", "worker0"
HELD_UP: Final = """
SELECT count(*) FROM pg_stat_activity
WHERE wait_event_type = 'Lock' AND datname = current_database()
"""
ENDS: Final = {"AttemptSucceeded", "AttemptDeclined", "AttemptFailed", "OutcomeUnknown"}


@dataclass(frozen=True, slots=True)
class Scene:
    plant: Plant
    load: Load
    double: EsdbDouble

    @property
    def gateways(self) -> FaultProxy:
        return self.plant.wires["gateways"]

    async def kill(self, name: str) -> None:
        process = self.plant.installation.child(name).process
        assert process is not None
        note_crash(self.load.diary, name, process.pid)
        await asyncio.to_thread(self.plant.installation.kill, name)

    def recorded(self, types: set[str]) -> set[str]:
        """The keys that the log names in events of these types."""
        events = self.double.events("payment-")
        return {json.loads(one.data)["key"] for one in events if one.type in types}

    def unsent(self) -> bool:
        """Whether a try is on record that no gateway knows of."""
        return bool(self.recorded({"AttemptStarted"}) - self.recorded(ENDS) - self._booked())

    def untold(self) -> bool:
        """Whether a gateway has booked a charge of which the log knows no outcome."""
        return bool(self._booked() - self.recorded(ENDS))

    async def somebody_waits_for_a_row(self) -> bool:
        async with await psycopg.AsyncConnection.connect(self.plant.dsn) as connection:
            row = await (await connection.execute(HELD_UP)).fetchone()
            return row is not None and row[0] > 0

    def _booked(self) -> set[str]:
        facts = booked(self.plant.installation.books, 0.0)
        return {fact["key"] for fact in facts if fact["kind"] == "charge"}


Point: TypeAlias = Callable[[Scene], Awaitable[None]]


async def api_whose_appends_are_stored_and_not_answered(scene: Scene) -> None:
    await _kill_while_appends_are_held(scene, stored=True)


async def api_whose_appends_are_not_stored_yet(scene: Scene) -> None:
    await _kill_while_appends_are_held(scene, stored=False)


async def api_with_a_try_on_record_and_nothing_sent(scene: Scene) -> None:
    """What it wrote to the socket arrives after its death: a late charge that nobody owns."""
    scene.gateways.freeze()
    await until(scene.unsent)
    await scene.kill(API)
    scene.gateways.thaw()


async def api_that_charged_and_was_not_told(scene: Scene) -> None:
    scene.gateways.freeze(answers_only=True)
    await until(scene.untold)
    await scene.kill(API)
    scene.gateways.thaw()


async def api_that_was_told_and_could_not_record_it(scene: Scene) -> None:
    scene.gateways.freeze(answers_only=True)
    await until(scene.untold)
    faults, delivered = scene.double.faults, scene.gateways.delivered
    faults.hold_appends(stored=False)
    scene.gateways.thaw()
    await until(lambda: scene.gateways.delivered > delivered and faults.held > 0)
    await scene.kill(API)
    await asyncio.to_thread(faults.cut_appends)


async def worker_that_looks_up_what_a_dead_api_left(scene: Scene) -> None:
    scene.gateways.freeze()
    await until(scene.unsent)
    connections = scene.gateways.connections
    await scene.kill(API)
    await until(lambda: scene.gateways.connections > connections)
    await scene.kill(WORKER)
    scene.gateways.thaw()


async def projector_in_the_midst_of_a_transaction(scene: Scene) -> None:
    async with await psycopg.AsyncConnection.connect(scene.plant.dsn) as connection:
        await connection.execute(f"LOCK TABLE {SCHEMA}.payment_status IN EXCLUSIVE MODE".encode())
        async with asyncio.timeout(PATIENCE_S):
            while True:
                if await scene.somebody_waits_for_a_row():
                    break
                await asyncio.sleep(LOOK_EVERY_S)
        await scene.kill(WORKER)


POINTS: Final[tuple[Point, ...]] = (
    projector_in_the_midst_of_a_transaction,
    api_whose_appends_are_stored_and_not_answered,
    api_whose_appends_are_not_stored_yet,
    api_with_a_try_on_record_and_nothing_sent,
    api_that_charged_and_was_not_told,
    api_that_was_told_and_could_not_record_it,
    worker_that_looks_up_what_a_dead_api_left,
)


async def test_a_process_dies_at_every_point() -> None:
    with production_plant() as (plant, double):
        async with plant.load(seed=5, shoppers=SHOPPERS) as load:
            await back_s(load, "nobody")
            for point in POINTS:
                # Else the marks of so many dead processes, 14 s each, add up to a minute.
                await asyncio.to_thread(plant.forget_hot_state, load.diary)
                await point(Scene(plant, load, double))
                await back_s(load, f"after the death of the {point.__name__}")
                await projected_s(load, f"after the death of the {point.__name__}")
            outcome = await plant.judged(load, seed=5)
    assert outcome.faults == [], "\n".join(outcome.faults)
    assert outcome.judged.acknowledged > 0


async def _kill_while_appends_are_held(scene: Scene, *, stored: bool) -> None:
    faults = scene.double.faults
    faults.hold_appends(stored=stored)
    await asyncio.to_thread(faults.wait_until_held, HELD)
    await scene.kill(API)
    await asyncio.to_thread(faults.cut_appends)
