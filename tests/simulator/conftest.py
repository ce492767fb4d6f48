"""An in-process simulator whose waits end only when a test releases them."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from adapters.simulator import Simulator, SimulatorSettings
from tests.simulator.caller import Caller

NEVER_S = 600.0


class Clock:
    """A clock that a test moves, in Unix seconds."""

    def __init__(self) -> None:
        self.now_s = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(tmp_path: Path, clock: Clock) -> SimulatorSettings:
    return SimulatorSettings(
        books=tmp_path / "books",
        latency_scale=0,
        late_s=NEVER_S,
        hold_s=NEVER_S,
        settle_s=NEVER_S,
        key_lifetime_s=3600,
        now=clock,
    )


@pytest.fixture
async def simulator(settings: SimulatorSettings) -> AsyncIterator[Simulator]:
    async with Simulator(settings) as running:
        yield running


@pytest.fixture
async def caller(simulator: Simulator) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as session:
        yield Caller(session, simulator.url)
