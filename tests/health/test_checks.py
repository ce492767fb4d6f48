"""What is needed decides, what is wanted is named, and an outage is told once."""

from __future__ import annotations

import asyncio
import logging

import pytest
from prometheus_client import CollectorRegistry

from api.health.checks import TOLD_AFTER_S, Checks


class Away:
    """A store that is away while it is told so."""

    def __init__(self, *, away: bool = False) -> None:
        self.away, self.asked = away, 0

    async def __call__(self) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            raise ConnectionError("password=hunter2")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_without_what_is_wanted_it_is_ready_and_degraded() -> None:
    found = await Checks({"log": Away()}, {"rows": Away(away=True), "hot": Away()}).look()

    assert (found.is_ready, found.degraded) == (True, ("rows",))
    assert found.passed == {"log": True, "rows": False, "hot": True}


async def test_without_what_is_needed_it_is_not() -> None:
    found = await Checks({"log": Away(away=True), "writes": Away()}, {"rows": Away()}).look()

    assert (found.is_ready, found.degraded) == (False, ())


async def test_however_many_ask_each_check_is_made_once() -> None:
    log = Away()
    checks = Checks({"log": log})
    await asyncio.gather(*(checks.look() for _ in range(20)))

    assert log.asked == 1


async def test_who_stops_asking_takes_no_answer_from_another() -> None:
    log = Away()
    checks = Checks({"log": log})
    first, second = (asyncio.create_task(checks.look()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).is_ready
    assert log.asked == 1


async def test_an_outage_is_told_when_it_begins_and_when_it_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    clock, rows = Clock(), Away(away=True)
    checks = Checks({}, {"rows": rows}, monotonic=clock)
    for _ in range(50):
        await checks.look()
        clock.now += TOLD_AFTER_S / 10
    rows.away = False
    for _ in range(10):
        await checks.look()

    told = [(one.levelname, one.getMessage()) for one in caplog.records]
    assert told == [
        ("WARNING", "check rows fails: password=hunter2"),
        ("INFO", "check rows: well again"),
    ]


async def test_a_moment_is_no_outage(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    clock, rows = Clock(), Away(away=True)
    checks = Checks({}, {"rows": rows}, monotonic=clock)
    assert not (await checks.look()).passed["rows"]
    rows.away, clock.now = False, TOLD_AFTER_S * 2
    assert (await checks.look()).passed["rows"]

    assert caplog.records == []


async def test_numbers_show_what_was_found_last() -> None:
    registry, rows = CollectorRegistry(), Away(away=True)
    checks = Checks({"log": Away()}, {"rows": rows})
    checks.count_in(registry)

    def shown(check: str) -> float | None:
        return registry.get_sample_value("interlock_check_ok", {"check": check})

    await checks.look()
    assert (shown("log"), shown("rows")) == (1.0, 0.0)
    rows.away = False
    await checks.look()
    assert shown("rows") == 1.0


async def test_it_looks_also_where_nobody_asks() -> None:
    asked, enough = 0, asyncio.Event()

    async def answers() -> None:
        nonlocal asked
        asked += 1
        if asked == 3:
            enough.set()

    looking = asyncio.create_task(Checks({"log": answers}).keep_looking(every_s=0))
    async with asyncio.timeout(30):
        await enough.wait()
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking
