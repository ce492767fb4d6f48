"""The other doors of a real process."""

import multiprocessing
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from uuid import UUID

from adapters.surroundings import (
    AsyncioPause,
    RandomIds,
    SystemChance,
    SystemClock,
)
from application.ports.surroundings import Chance, Clock, Ids, Pause


def test_the_clock_is_aware_and_never_runs_backwards() -> None:
    clock: Clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)
    readings = [clock.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


def test_ids_are_version_4_and_never_repeat() -> None:
    ids: Ids = RandomIds()
    drawn = [ids.fresh() for _ in range(1_000)]
    assert len(set(drawn)) == len(drawn)
    assert {(one.version, one.variant) for one in drawn} == {(4, "specified in RFC 4122")}


def _draw(ids: RandomIds, chance: SystemChance, out: Connection) -> None:
    out.send((ids.fresh(), chance.uniform()))


def test_a_forked_process_draws_ids_and_numbers_of_its_own() -> None:
    ids, chance = RandomIds(), SystemChance()
    mine, theirs = multiprocessing.Pipe(duplex=False)
    child = multiprocessing.get_context("fork").Process(target=_draw, args=(ids, chance, theirs))
    child.start()
    drawn: tuple[UUID, float] = mine.recv()
    child.join()
    assert child.exitcode == 0
    assert ids.fresh() != drawn[0]
    assert chance.uniform() != drawn[1]


def test_chance_stays_in_its_range() -> None:
    chance: Chance = SystemChance()
    drawn = [chance.uniform() for _ in range(1_000)]
    assert all(0.0 <= one < 1.0 for one in drawn)
    assert len(set(drawn)) > 900


async def test_a_pause_of_nothing_returns() -> None:
    pause: Pause = AsyncioPause()
    await pause.sleep(0)
    await pause.sleep(-1)
    assert isinstance(pause, AsyncioPause)
