"""An outage is told once when it begins, once when it is over, and counted in between."""

from __future__ import annotations

import logging

import pytest

from adapters.outage import QUIET_S, Outage
from tests.health.test_checks import Clock

LOG = logging.getLogger("test.outage")


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def lines(told: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(one.levelname, one.getMessage()) for one in told.records]


def test_a_hundred_failures_are_two_lines(told: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    outage = Outage(LOG, "appends fail", monotonic=clock)
    for _ in range(100):
        outage.failed("no leader")
        clock.now += 0.01
    outage.works()
    clock.now += QUIET_S
    outage.works()
    outage.works()

    assert lines(told) == [
        ("WARNING", "appends fail: no leader"),
        ("INFO", "appends fail: over after 1.0 s and 100 failures"),
    ]


def test_what_comes_and_goes_is_one_outage(told: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    outage = Outage(LOG, "appends fail", monotonic=clock)
    for _ in range(50):
        outage.failed("busy")
        outage.works()
        clock.now += QUIET_S * 0.9
        outage.works()
    assert len(lines(told)) == 1
    clock.now += QUIET_S
    outage.works()
    assert len(lines(told)) == 2


def test_it_is_over_when_it_is_over_for_all(told: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    outage = Outage(LOG, "projections are interrupted", monotonic=clock)
    outage.failed("away", party="status")
    outage.failed("away", party="timeline")
    for _ in range(3):
        outage.works(party="status")
        clock.now += QUIET_S
    assert len(lines(told)) == 1
    outage.works(party="timeline")
    clock.now += QUIET_S
    outage.works(party="status")
    assert len(lines(told)) == 2


def test_the_next_one_is_told_again(told: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    outage = Outage(LOG, "appends fail", monotonic=clock)
    for _ in range(2):
        outage.failed("no leader")
        outage.works()
        clock.now += QUIET_S
        outage.works()
    assert [level for level, _ in lines(told)] == ["WARNING", "INFO"] * 2


def test_without_an_outage_nothing_is_told(told: pytest.LogCaptureFixture) -> None:
    Outage(LOG, "appends fail").works()
    assert lines(told) == []
